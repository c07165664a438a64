// Numbers of the rows of an index, of which some stored rows are left out.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace sightline::index {

// The rows that are not left out are numbered 0, 1 … in the order in which they are stored.
class RowNumbers {
 public:
  RowNumbers() = default;
  // The stored numbers of the rows that are left out, ascending.
  explicit RowNumbers(std::vector<int64_t> left_out) : left_out_(std::move(left_out)) {}

  bool all() const { return left_out_.empty(); }
  int64_t left_out() const { return static_cast<int64_t>(left_out_.size()); }

  // The stored number of row `row`.
  int64_t stored(int64_t row) const {
    size_t low = 0, high = left_out_.size();  // the number of left-out rows before it
    while (low < high) {
      const size_t middle = (low + high) / 2;
      if (left_out_[middle] - static_cast<int64_t>(middle) <= row)
        low = middle + 1;
      else
        high = middle;
    }
    return row + static_cast<int64_t>(low);
  }

  // The number of a stored row, which is not left out.
  int64_t row(int64_t stored) const {
    return stored - (std::ranges::lower_bound(left_out_, stored) - left_out_.begin());
  }

  // The mask of stored rows for a mask of `rows` rows.
  std::vector<uint64_t> stored_mask(std::span<const uint64_t> mask, int64_t rows) const {
    std::vector<uint64_t> out(static_cast<size_t>(rows + left_out() + 63) / 64);
    size_t next = 0;  // of left_out_
    for (int64_t row = 0, at = 0; row < rows; ++row, ++at) {
      for (; next < left_out_.size() && left_out_[next] == at; ++next) ++at;
      if ((mask[static_cast<size_t>(row) / 64] >> (row % 64) & 1) != 0)
        out[static_cast<size_t>(at) / 64] |= uint64_t{1} << (at % 64);
    }
    return out;
  }

 private:
  std::vector<int64_t> left_out_;
};

}  // namespace sightline::index
