// The measuring of a trial: gains of queries, and cost.
#pragma once

#include <sightline/configuration.h>
#include <sightline/tune.h>

#include <span>

#include "tune/trial_data.h"

namespace sightline {

// Ranks the captions of the parts among their images, within each data set. Throws invalid_data if
// no row of the parts has a caption, and what loading and encoding throw.
TrialScores measure_trial(TrialData& data, const TuningPlan& plan, const Configuration& c,
                          std::span<const RowPart> parts, const ProgressFn& progress);

// Throws invalid_argument for an objective that cannot be measured.
void check_objective(const TuningObjective& objective);

}  // namespace sightline
