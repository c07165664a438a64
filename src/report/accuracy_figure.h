// Accuracy against K: a line plot with one panel per direction.
#pragma once

#include <sightline/experiment.h>

namespace sightline {

struct Figure;
Figure accuracy_figure(const ExperimentResult& result);

}  // namespace sightline
