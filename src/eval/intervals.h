// Confidence intervals from resampled statistics.
#pragma once

#include <sightline/statistics.h>
#include <span>

namespace sightline {

// The quantiles (1 - confidence) / 2 and (1 + confidence) / 2 of the values, interpolated between
// order statistics. Ignores NaN; NaN bounds if there is no other value. Reorders `values`.
Interval percentile_interval(std::span<double> values, double confidence);

// Bias-corrected and accelerated interval (BCa; Efron 1987; Efron and Tibshirani 1993, chapter 14).
// Adjusts the percentiles for the median bias of the resamples (ties count one half) and for the
// skewness of the jackknife values. Returns the percentile interval if the bias is not finite, that
// is, if all resamples are on one side of the estimate. Reorders `values`.
Interval bca_interval(double estimate, std::span<double> values,
                      std::span<const double> jackknife_values, double confidence);

}  // namespace sightline
