// Intervals for the figures of an experiment, and tests between its models.
#pragma once

#include <sightline/experiment.h>

namespace sightline {

// Throws invalid_argument where a number is out of its range.
void check_statistics(const StatisticsOptions& options);

// Fills the intervals of every figure (all rows and each split), `clusters` and `comparisons`, from
// the ranks and gains of the models, by result.statistics. A split's queries are resampled among
// themselves. The candidates stay what they are: intervals speak of other queries of the same kind
// to the same collection.
void add_statistics(ExperimentResult& result);

}  // namespace sightline
