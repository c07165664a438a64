// Karpathy's dataset_*.json, with splits. The formats are described in caption_files.h.
#pragma once

#include <filesystem>

#include "data/readers/caption_index.h"

namespace sightline {

CaptionIndex read_karpathy(const std::filesystem::path& file);

}  // namespace sightline
