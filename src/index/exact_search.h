// The two passes of a search: estimates of all inner products, then exact inner products of the
// rows that may be among the best.
#pragma once

#include <sightline/index.h>

#include <cstdint>
#include <vector>

#include "index/row_set.h"

namespace sightline::index {

// For each of `count` queries its `k` best rows. `quantized` is of type `type`, null for f32. Every
// table of kernels gives the same hits. Counts into `rescored`.
std::vector<std::vector<Hit>> exact_search(const FullRows& rows, RowType type,
                                           const QuantizedRows* quantized, const float* queries,
                                           int64_t count, int64_t k, const ScanKernels& kernels,
                                           int64_t& rescored);

}  // namespace sightline::index
