// The figure of recall at 1, 5 and 10.
#pragma once

#include <sightline/experiment.h>

#include "report/figures.h"

namespace sightline {

Figure recall_figure(const ExperimentResult& result);  // R@1, R@5, R@10, both directions

}  // namespace sightline
