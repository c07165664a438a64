// A data set whose metadata is held in memory (COCO, Karpathy, Flickr, tables).
#pragma once

#include <sightline/dataset.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "data/readers/caption_index.h"
#include "data/readers/image_root.h"

namespace sightline {

// One metadata file and the folder of its images.
struct IndexPart {
  CaptionIndex index;
  ImageRoot root;
};

struct IndexSource {
  std::string format;
  std::filesystem::path path;  // for messages
  std::string image_column, text_column;
  std::vector<IndexPart> parts;
};

// Opens the parts as one data set, in order. Row ids are the images' names in the metadata. If an
// image is missing, too large or outside its folder, its row is broken. The split of a row is its
// extra column "split". Throws not_found if options.split names a split that no row has.
std::unique_ptr<Dataset> open_index(IndexSource source, const DatasetOptions& options);

}  // namespace sightline
