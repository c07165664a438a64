// The images that rates from files are measured on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sightline {

// Files of a folder that decode, or made-up photographs in a temporary folder that goes with the
// object.
class ImageFiles {
 public:
  // Those of `folder`, at most `limit` of them. Throws not_found, and invalid_argument where none
  // of its files is an image.
  ImageFiles(const std::filesystem::path& folder, int limit);
  // `count` photographs of 640 x 480. Throws io.
  explicit ImageFiles(int count);
  ImageFiles(const ImageFiles&) = delete;
  ImageFiles& operator=(const ImageFiles&) = delete;
  ~ImageFiles();

  const std::vector<std::filesystem::path>& paths() const { return paths_; }
  double mean_bytes() const;

 private:
  std::filesystem::path temporary_;  // empty: nothing to remove
  std::vector<std::filesystem::path> paths_;
};

}  // namespace sightline
