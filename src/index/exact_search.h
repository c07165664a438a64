// The two passes of a search: estimates of all inner products, then exact inner products of the
// rows that may be among the best.
#pragma once

#include <sightline/index.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "index/row_set.h"

namespace sightline::index {

// Which rows may be hits.
struct HitFilter {
  const uint64_t* allowed = nullptr;  // SearchOptions::allowed; null: all rows
  double min_similarity = -std::numeric_limits<double>::infinity();

  bool allows(int64_t row) const {
    return allowed == nullptr || (allowed[row / 64] >> (row % 64) & 1) != 0;
  }
};

// For each of `count` queries its `k` best rows that pass `hit_filter`. `quantized` is of type
// `type`, null for f32. Every table of kernels gives the same hits. Counts into `rescored`.
std::vector<std::vector<Hit>> exact_search(const FullRows& rows, RowType type,
                                           const QuantizedRows* quantized, const float* queries,
                                           int64_t count, int64_t k, const HitFilter& hit_filter,
                                           const ScanKernels& kernels, int64_t& rescored);

}  // namespace sightline::index
