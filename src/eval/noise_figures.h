// Figures of several conditions over the same queries, with intervals.
#pragma once

#include <sightline/robustness.h>
#include <sightline/statistics.h>

#include <cstdint>
#include <span>
#include <vector>

namespace sightline {

// ranks[condition][query]; ranks[0] are the clean ones, against which losses are counted. owner:
// each query's image, the cluster that is resampled. A rank above `candidates` is never a hit.
// `images` is set to the number of clusters. One point a condition; kind and strength are not
// set. Intervals are those of the experiment's own figures (BCa over the same draws); those of
// losses are percentiles of the paired resamples.
std::vector<NoisePoint> noise_points(std::span<const std::vector<int64_t>> ranks,
                                     std::span<const int64_t> owner, int64_t candidates, int top_k,
                                     const StatisticsOptions& statistics, int64_t& images);

}  // namespace sightline
