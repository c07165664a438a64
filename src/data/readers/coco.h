// COCO's captions_*.json. The formats are described in caption_files.h.
#pragma once

#include <filesystem>
#include <string>

#include "data/readers/caption_index.h"

namespace sightline {

// `split` is the split of rows that do not name one; may be empty.
CaptionIndex read_coco(const std::filesystem::path& file, const std::string& split);

}  // namespace sightline
