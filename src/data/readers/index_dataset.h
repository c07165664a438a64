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

// One metadata file and where its images are.
struct IndexPart {
  CaptionIndex index;
  ImageRoot root;
};

struct IndexSource {
  std::string format;
  std::filesystem::path path;  // in messages
  std::string image_column, text_column;
  std::vector<IndexPart> parts;
};

// Rows in the order of the parts. Ids are the images' names as the metadata gives them. An
// image that is missing, too large or outside its folder is a row with an error. The split of a
// row is its extra column "split". Throws not_found where options.split names one that no row has.
std::unique_ptr<Dataset> open_index(IndexSource source, const DatasetOptions& options);

}  // namespace sightline
