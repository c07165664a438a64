// The tables of metrics under noise.
#pragma once

#include <sightline/experiment.h>

#include "report/tables/table.h"

namespace sightline {

// One row per kind of noise, strength and model, for CSV: all metrics with their losses. The rows
// of the clean captions have the kind "clean" and the strength 0.
Table noise_data_table(const ExperimentResult& result);

// One row per kind of noise and model, for LaTeX: the accuracy at every strength and the losses at
// the last one. Kinds with the same figures share their rows.
Table noise_overview_table(const ExperimentResult& result);

}  // namespace sightline
