#include "train/image_store.h"

#include <fcntl.h>
#include <sightline/error.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/machine.h"
#include "base/temporary_path.h"
#include "base/text.h"

namespace sightline {

ImageStore::ImageStore(std::filesystem::path folder, int64_t memory_bytes)
    : folder_(std::move(folder)), limit_(memory_bytes) {}

ImageStore::~ImageStore() {
  if (fd_ >= 0) ::close(fd_);
}

void ImageStore::open_file() {
  const TemporaryPath named(folder_ / kImageFile, TemporaryPath::Kind::file);
  fd_ = ::fcntl(named.descriptor(), F_DUPFD_CLOEXEC, 0);
  if (fd_ < 0) {
    throw Error(ErrorCode::io, "cannot open a file for images in ", quoted(folder_), ": ",
                std::strerror(errno));
  }
  // Reads are of single images in random order: the pages after them would not be used.
  ::posix_fadvise(fd_, 0, 0, POSIX_FADV_RANDOM);
}

void ImageStore::append(std::span<const uint8_t> pixels) {
  if (fd_ < 0) open_file();
  for (size_t done = 0; done < pixels.size();) {
    const ssize_t count = ::pwrite(fd_, pixels.data() + done, pixels.size() - done,
                                   file_bytes_ + static_cast<int64_t>(done));
    if (count > 0) done += static_cast<size_t>(count);
    if (count > 0 || (count < 0 && errno == EINTR)) continue;
    throw Error(ErrorCode::io, "cannot write the preprocessed images that do not fit in memory to ",
                quoted(folder_), " (", file_bytes_ >> 20, " MiB are written, ", limit_ >> 20,
                " MiB may be in memory): ", count == 0 ? "no space" : std::strerror(errno),
                "; choose an output folder with more space or a larger --image-memory");
  }
  file_bytes_ += static_cast<int64_t>(pixels.size());
}

int64_t ImageStore::add(Image image) {
  Entry entry{std::move(image), -1};
  std::vector<uint8_t>& pixels = entry.image.pixels;
  const auto bytes = static_cast<int64_t>(pixels.size());
  // Only the first images are in memory, also if a later one is smaller.
  if (fd_ < 0 && bytes <= limit_ - memory_bytes_) {
    memory_bytes_ += bytes;
  } else {
    entry.offset = file_bytes_;
    append(pixels);
    pixels = std::vector<uint8_t>();
  }
  entries_.push_back(std::move(entry));
  return static_cast<int64_t>(entries_.size()) - 1;
}

const Image& ImageStore::get(int64_t index, Image& buffer) const {
  const Entry& entry = entries_[static_cast<size_t>(index)];
  if (entry.offset < 0) return entry.image;
  buffer.width = entry.image.width;
  buffer.height = entry.image.height;
  buffer.pixels.resize(static_cast<size_t>(buffer.width) * static_cast<size_t>(buffer.height) * 3);
  for (size_t done = 0; done < buffer.pixels.size();) {
    const ssize_t count = ::pread(fd_, buffer.pixels.data() + done, buffer.pixels.size() - done,
                                  entry.offset + static_cast<int64_t>(done));
    if (count > 0) done += static_cast<size_t>(count);
    if (count > 0 || (count < 0 && errno == EINTR)) continue;
    throw Error(ErrorCode::io, "cannot read the preprocessed images back from ", quoted(folder_),
                ": ", count == 0 ? "the file is shorter than it was" : std::strerror(errno));
  }
  return buffer;
}

void ImageStore::read_ahead(int64_t index) const {
  const Entry& entry = entries_[static_cast<size_t>(index)];
  if (entry.offset < 0) return;
  const int64_t bytes = int64_t{entry.image.width} * entry.image.height * 3;
  ::posix_fadvise(fd_, entry.offset, bytes, POSIX_FADV_WILLNEED);
}

int64_t default_image_memory() {
  constexpr int64_t kUnknown = int64_t{1} << 30;
  const int64_t memory = this_machine().memory_bytes;
  return memory > 0 ? memory / 4 : kUnknown;
}

}  // namespace sightline
