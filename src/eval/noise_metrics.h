// Metrics of several noise conditions over the same queries, with intervals.
#pragma once

#include <sightline/progress.h>
#include <sightline/robustness.h>
#include <sightline/statistics.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sightline {

// Returns one point per condition; kind and strength are not set.
//   ranks    ranks[condition][query]; ranks[0]: the clean captions, the baseline for losses. A rank
//            above `candidates` is never a hit.
//   owner    the image of each query: the cluster that is resampled
//   images   output: the number of clusters
// Intervals of metrics are computed as in the rest of the experiment (BCa, same draws). Intervals
// of losses are percentiles of the paired resamples.
std::vector<NoisePoint> noise_points(std::span<const std::vector<int64_t>> ranks,
                                     std::span<const int64_t> owner, int64_t candidates, int top_k,
                                     const StatisticsOptions& statistics, int64_t& images,
                                     const ProgressFn& progress = {},
                                     const std::string& stage = "bootstrap");

}  // namespace sightline
