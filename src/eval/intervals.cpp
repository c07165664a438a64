// Confidence intervals from resampled values.
#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "base/quantile.h"
#include "eval/bootstrap.h"

namespace sightline {
namespace {

// Moves NaN to the end; returns the number of other values.
size_t partition_nan(std::span<double> values) {
  const auto end =
      std::partition(values.begin(), values.end(), [](double v) { return !std::isnan(v); });
  return static_cast<size_t>(end - values.begin());
}

double normal_distribution(double z) {
  return std::erfc(-z / std::sqrt(2.0)) / 2;
}

// Skewness of the jackknife values divided by 6; 0 if all values are equal or some are NaN.
double acceleration(std::span<const double> values) {
  double mean = 0;
  for (const double value : values) mean += value;
  mean /= static_cast<double>(values.size());
  double squares = 0, cubes = 0;
  for (const double value : values) {
    const double d = mean - value;
    squares += d * d;
    cubes += d * d * d;
  }
  const double a = cubes / (6 * std::pow(squares, 1.5));
  return std::isfinite(a) ? a : 0;
}

}  // namespace

// Bisection on the distribution function: about 60 steps, and accurate in the tails.
double normal_quantile(double p) {
  if (!(p > 0 && p < 1)) {
    throw Error(ErrorCode::invalid_argument, "the probability of a quantile is ", p,
                ", expected above 0 and below 1");
  }
  if (p > 0.5) return -normal_quantile(1 - p);  // erfc is precise in the lower tail
  double low = -40, high = 0;
  for (int step = 0; step < 100 && low < high; ++step) {
    const double middle = (low + high) / 2;
    (normal_distribution(middle) < p ? low : high) = middle;
  }
  return (low + high) / 2;
}

Interval percentile_interval(std::span<double> values, double confidence) {
  const auto sorted = values.first(partition_nan(values));
  if (sorted.empty()) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    return {nan, nan};
  }
  std::sort(sorted.begin(), sorted.end());
  return {quantile(sorted, (1 - confidence) / 2), quantile(sorted, (1 + confidence) / 2)};
}

Interval bca_interval(double estimate, std::span<double> values,
                      std::span<const double> jackknife_values, double confidence) {
  const Interval plain = percentile_interval(values, confidence);
  const auto sorted = values.first(partition_nan(values));
  if (sorted.empty()) return plain;
  // Resampled sums round differently from the estimate's own sum; values that differ by rounding
  // only count as equal.
  const double slack = 1e-12 * std::max(1.0, std::abs(estimate));
  const auto below =
      std::lower_bound(sorted.begin(), sorted.end(), estimate - slack) - sorted.begin();
  const auto upto =
      std::upper_bound(sorted.begin(), sorted.end(), estimate + slack) - sorted.begin();
  const double share = static_cast<double>(below + upto) / 2 / static_cast<double>(sorted.size());
  if (!(share > 0 && share < 1)) return plain;
  const double bias = normal_quantile(share);
  const double a = acceleration(jackknife_values);
  const auto moved = [&](double p) {
    const double z = bias + normal_quantile(p);
    return normal_distribution(bias + z / (1 - a * z));
  };
  // Far out with a strong skew the denominator changes its sign: no correction is better then.
  const double reach = std::abs(a) * (std::abs(bias) - normal_quantile((1 - confidence) / 2));
  if (!(reach < 1)) return plain;
  return {quantile(sorted, moved((1 - confidence) / 2)),
          quantile(sorted, moved((1 + confidence) / 2))};
}

}  // namespace sightline
