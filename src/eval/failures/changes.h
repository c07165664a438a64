// Metrics of several conditions over the same queries, and their changes, with intervals.
#pragma once

#include <sightline/failures.h>
#include <sightline/progress.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "eval/bootstrap.h"

namespace sightline {

// Returns the metrics of each condition; changes are relative to condition 0.
//   ranks    ranks[condition][query], >= 1. A rank above `candidates` is never a hit.
//   owner    the image of each query: the cluster that is resampled
std::vector<ChangedRetrieval> changed_retrieval(std::span<const std::vector<int64_t>> ranks,
                                                std::span<const int64_t> owner, int64_t candidates,
                                                const StatisticsOptions& statistics,
                                                const ProgressFn& progress = {},
                                                const std::string& stage = "bootstrap");

// Returns the means of values[condition][cluster] for each condition, with changes.
std::vector<ChangedMetric> changed_means(std::span<const std::vector<double>> values,
                                         const StatisticsOptions& statistics);

// Renumbers values as 0, 1, 2, … in order of appearance. Returns the number of distinct ones.
int64_t renumber(std::span<const int64_t> values, std::vector<int64_t>& numbers);

}  // namespace sightline
