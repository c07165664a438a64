#include "feedback/mean_interval.h"

#include <algorithm>
#include <numeric>

#include "eval/intervals.h"

namespace sightline::feedback {

double mean_of(std::span<const double> values) {
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::optional<Interval> ratio_interval(const RatioStatistic& ratio,
                                       const StatisticsOptions& options) {
  const auto clusters = static_cast<int64_t>(ratio.sum.size());
  if (options.resamples < 1 || clusters < 2) return std::nullopt;
  const double weight = std::accumulate(ratio.weight.begin(), ratio.weight.end(), 0.0);
  const double sum = std::accumulate(ratio.sum.begin(), ratio.sum.end(), 0.0);
  ResampledStatistics resampled =
      bootstrap(clusters, {&ratio, 1}, {}, options.resamples, options.seed);
  return bca_interval(sum / weight, resampled.ratios[0], jackknife(ratio), options.confidence);
}

std::optional<Interval> mean_interval(std::span<const double> values,
                                      const StatisticsOptions& options) {
  const RatioStatistic ratio{{values.begin(), values.end()}, std::vector<double>(values.size(), 1)};
  return ratio_interval(ratio, options);
}

}  // namespace sightline::feedback
