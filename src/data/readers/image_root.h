// Finds the folder of the images that a metadata file names.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "data/columns/located_file.h"
#include "data/readers/caption_index.h"

namespace sightline {

struct ImageRoot {
  std::filesystem::path folder;
  bool base_names = false;     // use only the last part of names: x.jpg for "val2014/x.jpg"
  bool add_extension = false;  // names have no extension: "000001" is 000001.jpg
};

// Returns the file for a name in the metadata, as locate_file() does.
LocatedFile image_file(const ImageRoot& root, std::string_view name);

// Returns the first of `candidates` that contains the most images of a sample of the index; if none
// contains any of the sample, the first that contains any image of the index; else the first that
// contains one of the sample with the extension of an image added. `metadata` names the
// metadata file in messages. Throws not_found if the index has images and no candidate contains
// one.
ImageRoot find_image_root(const CaptionIndex& index, const std::vector<ImageRoot>& candidates,
                          const std::filesystem::path& metadata);

}  // namespace sightline
