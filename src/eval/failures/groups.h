// Metrics of groups of rows.
#pragma once

#include <sightline/experiment.h>

namespace sightline {

// The columns of result.failures.group_columns; "group" if the list is empty and the data set has
// such a column with several values. Throws invalid_argument for a column that the data set does
// not have, or that has more than 1000 values.
std::vector<std::string> group_columns_of(const ExperimentResult& result);

// Fills FailureReport::groups of all models from their ranks, small groups after the others. Texts
// of a group are resampled by image within the group. Throws what group_columns_of and `progress`
// throw.
void add_groups(ExperimentResult& result, const ProgressFn& progress = {});

}  // namespace sightline
