// The figure of ranks.
#pragma once

#include <sightline/experiment.h>

#include "report/figures.h"

namespace sightline {

Figure ranks_figure(const ExperimentResult& result);  // how many captions at which ranks

}  // namespace sightline
