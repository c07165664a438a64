// The cluster bootstrap: draws whole clusters with replacement and computes each statistic on the
// drawn clusters. Draws depend only on the seed and the index of the resample, so every statistic
// of every model uses the same draws, and differences between models are paired.
#pragma once

#include <sightline/progress.h>
#include <sightline/statistics.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sightline {

// The ratio of two sums over clusters. A mean over queries has the number of queries of each
// cluster as its weight.
struct RatioStatistic {
  std::vector<double> sum;     // one element per cluster
  std::vector<double> weight;  // one element per cluster, >= 0
};

// The median over items, each of which belongs to a cluster, and the shares of items whose value is
// at most 1, 2, …, `cuts`.
struct RankStatistic {
  struct Item {
    double value;
    int64_t cluster;
  };
  std::vector<Item> items;
  int64_t cuts = 0;
};

struct ResampledStatistics {
  std::vector<std::vector<double>> ratios;  // [statistic][resample]
  std::vector<std::vector<double>> medians;
  std::vector<std::vector<std::vector<double>>> shares;  // [statistic][cut - 1][resample]
};

// Computes all statistics on `resamples` resamples. A resample without weight yields NaN. Uses all
// cores; the result does not depend on the number of threads. Throws invalid_argument if the number
// of elements of a statistic is not `clusters`, if a cluster index is out of range, or if `cuts` is
// negative. `progress` counts the resamples; `stage` is its stage.
ResampledStatistics bootstrap(int64_t clusters, std::span<const RatioStatistic> ratios,
                              std::span<const RankStatistic> ranks, int resamples, uint64_t seed,
                              const ProgressFn& progress = {},
                              const std::string& stage = "bootstrap");

// Sets drawn[c] to how often a resample draws cluster c; the sum is drawn.size(). bootstrap() uses
// these draws, so statistics that it cannot compute can be paired with its own.
void draw_clusters(int64_t resample, uint64_t seed, std::vector<int32_t>& drawn);

// Leave-one-cluster-out values of a ratio, one per cluster; bca_interval needs them.
std::vector<double> jackknife(const RatioStatistic& ratio);

}  // namespace sightline
