// Tables of accuracy against K.
#pragma once

#include <sightline/experiment.h>

#include "report/tables/table.h"

namespace sightline {

// Accuracy at every K of DirectionMetrics::accuracy_at_k: one row per model and K, and below them
// one per K for the chance level. For CSV.
Table accuracy_data_table(const ExperimentResult& result, View view);

// Accuracy at K = 1, 5, 10, 20, … 50: one row per model, and the chance level. For LaTeX.
Table accuracy_overview_table(const ExperimentResult& result, View view);

}  // namespace sightline
