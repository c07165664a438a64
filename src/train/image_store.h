// The preprocessed images of a training run: in memory up to a limit, the others in a file
// (docs/decisions/0048).
#pragma once

#include <sightline/image.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace sightline {

// The name of the file until it is open, with a suffix (base/temporary_path.h).
inline constexpr const char* kImageFile = "images";

// Holds the first images that were added in memory, as many as the limit allows. They are not
// replaced by others: an epoch reads every image once, in random order, so that those used last are
// not more likely to be used next. Pixels of the others are read from the file when they are
// requested, so that only the system's page cache, which it can drop, holds them. Reading is
// thread-safe, adding is not.
class ImageStore {
 public:
  // `folder`: where the file is created with the first image beyond `memory_bytes` of pixels. It
  // has no name once it is open, so that nothing is left of it when the process ends.
  ImageStore(std::filesystem::path folder, int64_t memory_bytes);
  ~ImageStore();
  ImageStore(const ImageStore&) = delete;
  ImageStore& operator=(const ImageStore&) = delete;

  // Adds a square RGB image and returns its index, from 0. Throws io, such as for a full disk.
  int64_t add(Image image);

  // The image, or `buffer` with its pixels if they are in the file. Throws io.
  const Image& get(int64_t index, Image& buffer) const;

  // Lets the system read the image ahead if it is in the file. A hint, which does not wait.
  void read_ahead(int64_t index) const;

  int64_t memory_bytes() const { return memory_bytes_; }  // pixels in memory
  int64_t file_bytes() const { return file_bytes_; }      // pixels in the file

 private:
  struct Entry {
    Image image;          // without pixels if they are in the file
    int64_t offset = -1;  // in the file
  };
  void open_file();
  void append(std::span<const uint8_t> pixels);

  std::filesystem::path folder_;
  int64_t limit_;
  std::vector<Entry> entries_;
  int64_t memory_bytes_ = 0, file_bytes_ = 0;
  int fd_ = -1;
};

// A quarter of the machine's memory: the default limit.
int64_t default_image_memory();

}  // namespace sightline
