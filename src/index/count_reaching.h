// How many rows are at least as similar to a query as a threshold: what ranks are made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "index/row_set.h"

namespace sightline::index {

// Thresholds of query q: similarity[begin[q]] to similarity[begin[q + 1] - 1], in any order.
struct QueryThresholds {
  std::span<const size_t> begin;  // queries + 1
  std::span<const double> similarity;
};

// Sets reached[i] to the number of rows whose inner product with its query is not below
// similarity[i], for the thresholds of the queries `wanted`. Exact: products are estimated in f32,
// and those too near to a threshold are computed in double, in the order of the elements. Time is
// proportional to the largest number of thresholds of a query. Rows and queries (row after row)
// must be finite. Uses all cores. Every table of kernels gives the same counts.
void count_reaching(const FullRows& rows, const float* queries, std::span<const int64_t> wanted,
                    const QueryThresholds& thresholds, const ScanKernels& kernels,
                    std::span<int64_t> reached);

}  // namespace sightline::index
