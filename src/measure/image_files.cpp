#include "measure/image_files.h"

#include <sightline/error.h>
#include <sightline/image.h>

#include "base/file.h"
#include "base/temporary_path.h"
#include "data/no_image.h"
#include "data/readers/folder_walk.h"
#include "measure/synthetic_photo.h"

namespace sightline {

namespace fs = std::filesystem;

ImageFiles::ImageFiles(const fs::path& folder, int limit) {
  FolderWalk walk(folder);
  while (static_cast<int>(paths_.size()) < limit) {
    const auto found = walk.next();
    if (!found) break;
    if (found->problem) continue;
    try {
      const fs::path path = folder / found->path;
      decode_raster(read_file(path, ImageLimits{}.max_bytes), path.string());
      paths_.push_back(path);
    } catch (const Error&) {
      // Not an image: left out.
    }
  }
  if (paths_.empty()) {
    throw_no_image(folder);
  }
}

ImageFiles::ImageFiles(int count) : temporary_(std::make_unique<ScratchFolder>()) {
  for (int i = 0; i < count; ++i) {
    paths_.push_back(temporary_->path() / ("photo-" + std::to_string(i) + ".jpg"));
    write_file_atomic(paths_.back(), synthetic_photo(640, 480, static_cast<uint64_t>(i)));
  }
}

ImageFiles::~ImageFiles() = default;

double ImageFiles::mean_bytes() const {
  double sum = 0;
  for (const auto& path : paths_) sum += static_cast<double>(file_identity(path).size);
  return sum / static_cast<double>(paths_.size());
}

}  // namespace sightline
