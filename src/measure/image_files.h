// The image files that rates are measured on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sightline {

class ScratchFolder;

// Image files of a folder, or synthetic photographs in a temporary folder that the destructor
// removes.
class ImageFiles {
 public:
  // At most `limit` files of `folder` that decode. Throws not_found, and invalid_argument where the
  // folder has no image.
  ImageFiles(const std::filesystem::path& folder, int limit);
  // `count` synthetic photographs of 640 x 480. Throws io.
  explicit ImageFiles(int count);
  ImageFiles(const ImageFiles&) = delete;
  ImageFiles& operator=(const ImageFiles&) = delete;
  ~ImageFiles();

  const std::vector<std::filesystem::path>& paths() const { return paths_; }
  double mean_bytes() const;  // throws io

 private:
  std::unique_ptr<ScratchFolder> temporary_;  // null: nothing to remove
  std::vector<std::filesystem::path> paths_;
};

}  // namespace sightline
