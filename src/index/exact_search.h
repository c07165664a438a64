// The two passes of a search: estimates of all inner products, then exact inner products of the
// rows that may be among the best.
#pragma once

#include <sightline/index.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "index/scan_kernels.h"
#include "index/segments.h"

namespace sightline::index {

struct SearchRequest {
  const float* queries = nullptr;  // (count, D), finite
  int64_t count = 0;
  int64_t k = 10;
  // The rows that the first pass reads, which every segment has; nothing: the smallest that each
  // segment has.
  std::optional<RowType> type;
  const uint64_t* allowed = nullptr;  // SearchOptions::allowed; null: all rows
  double min_similarity = -std::numeric_limits<double>::infinity();
};

struct SearchCounts {
  int64_t scanned = 0;   // rows of the first pass
  int64_t rescored = 0;  // inner products of the second pass
};

// For each query its `k` best rows among those that are live, allowed and reach min_similarity.
// Every table of kernels gives the same hits. Adds to `counts`.
std::vector<std::vector<Hit>> exact_search(const Segments& segments, const SearchRequest& request,
                                           const ScanKernels& kernels, SearchCounts& counts);

}  // namespace sightline::index
