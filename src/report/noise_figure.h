// The figure of accuracy under noise.
#pragma once

#include <sightline/experiment.h>
#include <optional>

#include "report/figures.h"

namespace sightline {

// Accuracy against the strength of noise; none where no noise was asked for.
std::optional<Figure> noise_figure(const ExperimentResult& result);

}  // namespace sightline
