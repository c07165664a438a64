// Weighted sums of vectors of unit length.
#pragma once

#include <sightline/matrix.h>

#include <cstdint>
#include <span>

namespace sightline {

// Writes the sum of weight * vector / |vector| over the rows from `first`, scaled to unit length,
// to `out`. Returns false, without writing, if a vector is zero, or if the sum is so small that its
// direction is that of rounding errors.
bool weighted_sum(std::span<const double> weights, const Matrix& vectors, int64_t first,
                  std::span<float> out);

}  // namespace sightline
