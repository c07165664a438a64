// Means over queries with bootstrap intervals.
#pragma once

#include <sightline/statistics.h>

#include <optional>
#include <span>
#include <vector>

#include "eval/bootstrap.h"

namespace sightline::feedback {

// 0 without values.
double mean_of(std::span<const double> values);

// The interval of the ratio of two sums over clusters (BCa). Empty without resamples or with fewer
// than two clusters.
std::optional<Interval> ratio_interval(const RatioStatistic& ratio,
                                       const StatisticsOptions& options);

// The same for the mean of values that are drawn one by one.
std::optional<Interval> mean_interval(std::span<const double> values,
                                      const StatisticsOptions& options);

}  // namespace sightline::feedback
