// The figure of similarities.
#pragma once

#include <sightline/experiment.h>

#include "report/figures.h"

namespace sightline {

Figure similarity_figure(const ExperimentResult& result);  // histogram and density of own pairs

}  // namespace sightline
