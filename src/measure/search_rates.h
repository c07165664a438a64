// Rates of exact search over vectors of a model's dimensions.
#pragma once

#include <cstdint>
#include <vector>

#include "measure/measure.h"

namespace sightline {

// Vectors to search: as many as a collection of a few years of photographs has.
inline constexpr int64_t kSearchRows = 100'000;

// Queries a second among kSearchRows synthetic vectors, k = 10: one row for each scan (fp32, bf16,
// int8) and each batch of 1, 8 and 64 queries, whatever options.batches says. The roofline is the
// longer of the time to read the vectors once and, where oneDNN has it, of the matrix product.
std::vector<Rate> search_rates(int64_t dim, const MeasureOptions& options);

}  // namespace sightline
