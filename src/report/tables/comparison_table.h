// The table of tests between models.
#pragma once

#include <sightline/experiment.h>

#include "report/tables/table.h"

namespace sightline {

// One row per tested metric and pair of models.
Table comparison_table(const ExperimentResult& result, View view);

}  // namespace sightline
