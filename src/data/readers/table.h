// Tables of images and captions: separated values, or JSON. See caption_files.h.
#pragma once

#include <sightline/dataset.h>
#include <filesystem>
#include <string>

#include "data/readers/caption_index.h"

namespace sightline {

struct TableColumns {
  std::string image, text;  // text: several names are joined by ", "
};

// Sets `columns` to those that were read. `json`: JSON or JSON lines, else separated values.
CaptionIndex read_table(const std::filesystem::path& file, bool json, const DatasetOptions& options,
                        TableColumns& columns);

}  // namespace sightline
