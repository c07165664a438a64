// Flickr8k's and Flickr30k's own caption files. The formats are described in caption_files.h.
#pragma once

#include <filesystem>

#include "data/readers/caption_index.h"

namespace sightline {

CaptionIndex read_flickr(const std::filesystem::path& file);

}  // namespace sightline
