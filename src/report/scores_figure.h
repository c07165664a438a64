// The figure of scores and accuracy.
#pragma once

#include <sightline/experiment.h>

#include "report/figures.h"

namespace sightline {

Figure scores_figure(const ExperimentResult& result);  // score and accuracy of the models

}  // namespace sightline
