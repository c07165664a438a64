// The cluster bootstrap: whole clusters are drawn with replacement, and each figure is computed of
// what was drawn. Draws depend on (seed, number of the resample) alone, so every figure of every
// model sees the same draws: differences between models are paired.
#pragma once

#include <sightline/statistics.h>

#include <cstdint>
#include <span>
#include <vector>

namespace sightline {

// sum of `sum` / sum of `weight`, one number a cluster: a mean over queries has the cluster's
// number of queries as its weight.
struct RatioFigure {
  std::vector<double> sum;     // C
  std::vector<double> weight;  // C, >= 0
};

// The median of values that belong to clusters.
struct MedianFigure {
  struct Item {
    double value;
    int64_t cluster;
  };
  std::vector<Item> items;
};

struct ResampledFigures {
  std::vector<std::vector<double>> ratios;  // figure -> one value a resample
  std::vector<std::vector<double>> medians;
};

// Throws invalid_argument where a figure has not `clusters` numbers or names a cluster beyond. A
// resample without any weight gives NaN. Uses all cores; the result does not depend on how many.
ResampledFigures bootstrap(int64_t clusters, std::span<const RatioFigure> ratios,
                           std::span<const MedianFigure> medians, int resamples, uint64_t seed);

// Leave-one-cluster-out values of a ratio, for its acceleration: C of them.
std::vector<double> jackknife(const RatioFigure& figure);

// The quantiles (1 - confidence) / 2 and (1 + confidence) / 2 of the values (NaN is passed over),
// interpolated between order statistics. The values are reordered.
Interval percentile_interval(std::span<double> values, double confidence);

// Bias-corrected and accelerated (Efron 1987; Efron and Tibshirani 1993, chapter 14): the
// percentiles are moved by the median bias of the resamples (ties count half) and by the skewness
// of the jackknife. The percentile interval where the bias has no finite value: where all resamples
// lie on one side of the estimate. The values are reordered.
Interval bca_interval(double estimate, std::span<double> values,
                      std::span<const double> jackknife_values, double confidence);

}  // namespace sightline
