// Quantiles of sorted values.
#pragma once

#include <span>

namespace sightline {

// Returns the p-quantile of ascending values, interpolated linearly between the order statistics
// around p * (n - 1) (type 7 of Hyndman and Fan 1996). `sorted` must not be empty; p is clamped to
// 0..1.
double quantile(std::span<const double> sorted, double p);

}  // namespace sightline
