// The interval of a difference of two means over the same clusters.
#pragma once

#include <sightline/statistics.h>

#include <vector>

#include "eval/bootstrap.h"

namespace sightline {

// A mean and its values in the resamples.
struct ResampledMean {
  const RatioStatistic& ratio;
  const std::vector<double>& draws;
};

// Returns the BCa interval of `difference`, the value of a minus that of b, from paired resamples.
Interval interval_of_difference(const ResampledMean& a, const ResampledMean& b, double difference,
                                double confidence);

}  // namespace sightline
