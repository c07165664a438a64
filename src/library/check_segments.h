// Verifies one segment.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "library/catalogue/records.h"

namespace sightline::library {

struct SegmentCheck {
  std::vector<int64_t> contents;  // of the live rows
  int64_t live = 0, bytes = 0;
};

// Opens a segment of a library and compares all bytes with their digests, and its shape and dead
// rows with the catalogue. Throws not_found (no file), invalid_data.
SegmentCheck check_segment(const std::filesystem::path& library, const ModelRecord& model,
                           const SegmentRecord& record);

}  // namespace sightline::library
