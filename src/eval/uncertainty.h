// Confidence intervals for the metrics of an experiment, and tests between its models.
#pragma once

#include <sightline/experiment.h>

namespace sightline {

// Throws invalid_argument if a value is out of range.
void check_statistics(const StatisticsOptions& options);

// Computes the intervals of every metric (all rows and each split), those of accuracy_at_k (all
// rows, strict), `clusters`, `comparisons` and the groups of the failure report from the models'
// ranks and gains, as result.statistics specifies. The queries of a split are resampled within the
// split. The candidates are not resampled: intervals describe other queries to
// the same collection. Throws what check_statistics and `progress` throw.
void add_statistics(ExperimentResult& result, const ProgressFn& progress = {});

}  // namespace sightline
