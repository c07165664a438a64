#include "index/segments.h"

#include <sightline/error.h>

#include <algorithm>

#include "index/allowed_rows.h"
#include "index/half_rows.h"

namespace sightline::index {

Segments::Segments(std::vector<IndexSegment> segments, int64_t dim)
    : segments_(std::move(segments)), dim_(dim) {
  for (const IndexSegment& segment : segments_) {
    if (segment.full.dim != dim) {
      throw Error(ErrorCode::invalid_argument, "segment ", first_.size() - 1, " has vectors of ",
                  segment.full.dim, " elements; the index has vectors of ", dim);
    }
    if (segment.full.rows > 0 && (segment.full.values == nullptr) == (segment.half == nullptr)) {
      throw Error(ErrorCode::invalid_argument, "segment ", first_.size() - 1,
                  " has vectors in no precision, or in two");
    }
    has_half_ = has_half_ || segment.half != nullptr;
    first_.push_back(first_.back() + segment.full.rows);
  }
}

int64_t Segments::live_rows() const {
  const AllowedRows live(*this, nullptr);
  int64_t count = 0;
  for (size_t s = 0; s < segments_.size(); ++s)
    count += live.filters(s) ? live.count(s, 0, segments_[s].full.rows) : segments_[s].full.rows;
  return count;
}

bool Segments::has(RowType type) const {
  return std::ranges::all_of(segments_, [&](const IndexSegment& segment) {
    return segment.full.rows == 0 || segment.has(type);
  });
}

RowType Segments::smallest() const {
  RowType type = RowType::f32;
  for (const IndexSegment& segment : segments_) type = std::max(type, segment.smallest());
  return type;
}

Segments::Place Segments::place(int64_t row) const {
  if (segments_.size() == 1) return {0, row};
  const auto next = std::upper_bound(first_.begin(), first_.end(), row);
  const auto segment = static_cast<size_t>(next - first_.begin()) - 1;
  return {segment, row - first_[segment]};
}

const float* Segments::row(int64_t row, float* buffer) const {
  const Place at = place(row);
  const IndexSegment& segment = segments_[at.segment];
  if (segment.half == nullptr) return segment.full.row(at.row);
  widen(segment.half + at.row * dim_, dim_, buffer);
  return buffer;
}

}  // namespace sightline::index
