// Accuracy against K: a line plot with one panel per direction.
#pragma once

#include <sightline/experiment.h>

#include "report/figures.h"

namespace sightline {

Figure accuracy_figure(const ExperimentResult& result);

}  // namespace sightline
