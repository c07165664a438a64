// Quantiles of sorted values.
#pragma once

#include <span>

namespace sightline {

// The p-quantile, 0 <= p <= 1 (clamped), of ascending values: linear between the order statistics
// around p * (n - 1) (type 7 of Hyndman and Fan 1996). `sorted` has at least one value.
double quantile(std::span<const double> sorted, double p);

}  // namespace sightline
