#include "library/check_segments.h"

#include <sightline/error.h>

#include <bit>

#include "base/text.h"
#include "library/segments/segment.h"
#include "library/store/open_segment.h"
#include "library/store/paths.h"

namespace sightline::library {

SegmentCheck check_segment(const std::filesystem::path& library, const ModelRecord& model,
                           const SegmentRecord& record) {
  const std::filesystem::path path = segment_file(library, record.id);
  const auto opened = open_segment(library, model, record);
  const Segment& segment = *opened;
  segment.check();
  SegmentCheck out;
  int64_t dead = 0;
  for (const uint64_t word : record.tombstones) dead += std::popcount(word);
  if (dead != record.dead) {
    throw Error(ErrorCode::invalid_data, "the catalogue counts ", record.dead,
                " dead rows in the segment ", quoted(path), " but marks ", dead);
  }
  for (int64_t row = 0; row < record.rows; ++row) {
    if (!is_dead(record, row)) out.contents.push_back(segment.contents()[static_cast<size_t>(row)]);
  }
  out.live = record.rows - dead;
  out.bytes = static_cast<int64_t>(segment.file().bytes().size());
  return out;
}

}  // namespace sightline::library
