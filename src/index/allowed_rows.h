// The rows that may be hits of one search: live rows that its mask allows.
#pragma once

#include <bit>
#include <cstdint>

#include "index/segments.h"

namespace sightline::index {

// Bits `first` to `first` + 63 of a mask of `size` bits; zeros behind its end. Null: all are set.
inline uint64_t mask_bits(const uint64_t* mask, int64_t size, int64_t first) {
  const int64_t left = size - first, word = first / 64, shift = first % 64;
  uint64_t bits = ~uint64_t{0};
  if (mask != nullptr) {
    bits = mask[word] >> shift;
    if (shift != 0 && left > 64 - shift) bits |= mask[word + 1] << (64 - shift);
  }
  return left >= 64 ? bits : bits & ((uint64_t{1} << left) - 1);
}

class AllowedRows {
 public:
  // `allowed`: a mask of all rows of the segments; null: all. Both must outlive the object.
  AllowedRows(const Segments& segments, const uint64_t* allowed)
      : segments_(&segments), allowed_(allowed) {}

  // Returns whether the segment may have rows that are not allowed.
  bool filters(size_t segment) const {
    return allowed_ != nullptr || (*segments_)[segment].live != nullptr;
  }

  // Rows `row` to `row` + 63 of the segment, a bit each; zeros behind its end.
  uint64_t bits(size_t segment, int64_t row) const {
    const IndexSegment& in = (*segments_)[segment];
    uint64_t bits = mask_bits(in.live, in.full.rows, row);
    if (allowed_ != nullptr && bits != 0)
      bits &= mask_bits(allowed_, segments_->rows(), segments_->first_row(segment) + row);
    return bits;
  }

  // The number of allowed rows in [begin, end), both of the segment, and whether there is one.
  int64_t count(size_t segment, int64_t begin, int64_t end) const {
    int64_t count = 0;
    for (int64_t row = begin; row < end; row += 64) {
      const uint64_t found = bits_until(segment, row, end);
      if (found != 0) count += std::popcount(found);
    }
    return count;
  }
  bool any(size_t segment, int64_t begin, int64_t end) const {
    for (int64_t row = begin; row < end; row += 64) {
      if (bits_until(segment, row, end) != 0) return true;
    }
    return false;
  }

  // bits(), without the rows from `end`.
  uint64_t bits_until(size_t segment, int64_t row, int64_t end) const {
    const uint64_t found = bits(segment, row);
    return end - row >= 64 ? found : found & ((uint64_t{1} << (end - row)) - 1);
  }

 private:
  const Segments* segments_;
  const uint64_t* allowed_;
};

}  // namespace sightline::index
