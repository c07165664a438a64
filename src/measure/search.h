// Rates of exact search over vectors of a model's width.
#pragma once

#include <vector>

#include "measure/measure.h"

namespace sightline {

// Queries a second among this many vectors, which one collection of a few years of photographs has.
inline constexpr int64_t kSearchRows = 100'000;

// One row for each scan and each batch of 1, 8 and 64 queries, whatever options.batches says.
std::vector<Rate> search_rates(int64_t dim, const MeasureOptions& options);

}  // namespace sightline
