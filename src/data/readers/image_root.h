// Where the images lie that a metadata file names.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "data/readers/caption_index.h"

namespace sightline {

// A folder, and whether only the last part of the names counts in it ("val2014/x.jpg" is x.jpg).
struct ImageRoot {
  std::filesystem::path folder;
  bool base_names = false;
};

struct ImageFile {
  std::filesystem::path file;
  std::string problem;  // why it may not be opened, or ""
};

// The file that a name means. Metadata is data of others and may not have any file of this machine
// read: a name with ".." in it, or an absolute one that is not below the folder, is a problem.
// Symbolic links are followed.
ImageFile image_file(const ImageRoot& root, std::string_view name);

// The first of `candidates` with the most images among a sample of the index, or, where the
// sample finds none, the first that has any. Throws not_found where no image is anywhere, unless
// there is no image in the index; `metadata` is its file in messages.
ImageRoot find_image_root(const CaptionIndex& index, const std::vector<ImageRoot>& candidates,
                          const std::filesystem::path& metadata);

// `folders`, each with whole names and, where names have parts, with their last part.
std::vector<ImageRoot> image_roots(const std::vector<std::filesystem::path>& folders);

}  // namespace sightline
