// Opens segments that a catalogue names.
#pragma once

#include <filesystem>
#include <memory>

#include "library/catalogue/records.h"
#include "library/segments/segment.h"

namespace sightline::library {

// Maps the file of a segment. Throws what Segment throws, and invalid_data if it does not have the
// rows, dimensions and element type that the catalogue names: both may be another program's.
std::shared_ptr<const Segment> open_segment(const std::filesystem::path& library,
                                            const ModelRecord& model, const SegmentRecord& record);

}  // namespace sightline::library
