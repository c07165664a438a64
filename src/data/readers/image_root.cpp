#include "data/readers/image_root.h"

#include <sightline/error.h>

#include <algorithm>
#include <system_error>

#include "base/text.h"
#include "data/readers/columns.h"
#include "image/extensions.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr size_t kSampleSize = 64;

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

// Adds the extension of an image if the file does not exist otherwise.
fs::path existing(const ImageRoot& root, fs::path file) {
  if (!root.add_extension || image::has_image_extension(file.string()) || is_file(file))
    return file;
  for (const std::string_view extension : image::extensions()) {
    for (const std::string& added : {std::string(extension), upper(extension)}) {
      fs::path longer = file;
      longer += "." + added;
      if (is_file(longer)) return longer;
    }
  }
  return file;
}

bool image_exists(const ImageRoot& root, std::string_view name) {
  const LocatedFile found = image_file(root, name);
  return found.problem.empty() && is_file(found.file);
}

bool any_image_exists(const CaptionIndex& index, const ImageRoot& root) {
  for (size_t row = 0; row < index.size(); ++row) {
    if (!index.broken(row) && image_exists(root, index.path(row))) return true;
  }
  return false;
}

[[noreturn]] void fail_without_images(const std::vector<ImageRoot>& roots, std::string_view example,
                                      const fs::path& metadata) {
  if (is_web_address(example)) {
    throw Error(ErrorCode::not_found, "'", metadata.string(),
                "' names its images by web addresses, such as '", printable(example), "'",
                kDownloadAdvice);
  }
  std::vector<std::string> searched;
  for (const auto& root : roots) {
    const std::string name = "'" + root.folder.string() + "'";
    if (std::find(searched.begin(), searched.end(), name) == searched.end())
      searched.push_back(name);
  }
  throw Error(ErrorCode::not_found, "the images of '", metadata.string(), "', such as '",
              example.substr(0, 200), "', are not in ", join_names(searched),
              "; pass their folder with --images-root");
}

}  // namespace

LocatedFile image_file(const ImageRoot& root, std::string_view name) {
  std::string path(name);
  if (root.base_names && !is_web_address(path)) path = path.substr(path.find_last_of('/') + 1);
  LocatedFile found = locate_file(root.folder, path);
  if (found.problem.empty()) found.file = existing(root, found.file);
  return found;
}

ImageRoot find_image_root(const CaptionIndex& index, const std::vector<ImageRoot>& candidates,
                          const fs::path& metadata) {
  std::vector<ImageRoot> roots;
  std::error_code ignored;
  for (const auto& root : candidates) {
    if (fs::is_directory(root.folder, ignored)) roots.push_back(root);
  }
  std::vector<size_t> sample;
  const size_t step = std::max<size_t>(index.size() / kSampleSize, 1);
  for (size_t row = 0; row < index.size(); row += step) {
    if (!index.broken(row)) sample.push_back(row);
  }
  const ImageRoot* best = nullptr;
  size_t most = 0;
  for (const auto& root : roots) {
    const auto found =
        static_cast<size_t>(std::count_if(sample.begin(), sample.end(), [&](size_t row) {
          return image_exists(root, index.path(row));
        }));
    if (found > most) {
      most = found;
      best = &root;
    }
  }
  if (best) return *best;
  for (const auto& root : roots) {
    if (any_image_exists(index, root)) return root;
  }
  for (auto root : roots) {
    root.add_extension = true;
    const bool found = std::any_of(sample.begin(), sample.end(),
                                   [&](size_t row) { return image_exists(root, index.path(row)); });
    if (found) return root;
  }
  for (size_t row = 0; row < index.size(); ++row) {
    if (!index.broken(row)) fail_without_images(candidates, index.path(row), metadata);
  }
  return candidates.front();
}

}  // namespace sightline
