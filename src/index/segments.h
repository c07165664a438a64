// Vectors in several segments, numbered as one array.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "index/row_set.h"

namespace sightline::index {

// Finite vectors of one segment. Points into memory of its owner.
struct IndexSegment {
  FullRows full;                    // (N, D) f32; `values` is null where `half` holds the vectors
  const uint16_t* half = nullptr;   // (N, D) bits of IEEE 754 half precision
  std::optional<QuantizedRows> i8;  // of the f32 vectors, or of the f16 vectors widened to f32
  std::optional<QuantizedRows> bf16;
  // Bit i % 64 of word i / 64 is set where row i may be a hit; null: all. (N + 63) / 64 words; bits
  // behind the last row are ignored.
  const uint64_t* live = nullptr;

  const QuantizedRows* quantized(RowType type) const {
    const auto& rows = type == RowType::i8 ? i8 : bf16;
    return type != RowType::f32 && rows ? &*rows : nullptr;
  }
  bool has(RowType type) const { return type == RowType::f32 || quantized(type) != nullptr; }
  // The type with the fewest bytes.
  RowType smallest() const { return i8 ? RowType::i8 : bf16 ? RowType::bf16 : RowType::f32; }
};

// Row r of segment s has the number first_row(s) + r. Immutable, apart from operator[].
class Segments {
 public:
  Segments() = default;
  // Throws invalid_argument for a segment of another dimension than `dim`, or with rows and not
  // exactly one of full.values and half.
  Segments(std::vector<IndexSegment> segments, int64_t dim);

  int64_t rows() const { return first_.back(); }
  int64_t dim() const { return dim_; }
  int64_t live_rows() const;
  bool has(RowType type) const;  // of every segment that is not empty
  RowType smallest() const;      // of any segment
  size_t count() const { return segments_.size(); }
  const IndexSegment& operator[](size_t segment) const { return segments_[segment]; }
  IndexSegment& operator[](size_t segment) { return segments_[segment]; }
  int64_t first_row(size_t segment) const { return first_[segment]; }

  struct Place {
    size_t segment;
    int64_t row;  // of the segment
  };
  Place place(int64_t row) const;              // 0 <= row < rows()
  bool has_half() const { return has_half_; }  // f16 vectors in a segment
  // The elements of a row: in place where they are f32, otherwise widened into `buffer` (D).
  const float* row(int64_t row, float* buffer) const;

 private:
  std::vector<IndexSegment> segments_;
  std::vector<int64_t> first_ = {0};  // segments + 1
  int64_t dim_ = 0;
  bool has_half_ = false;
};

}  // namespace sightline::index
