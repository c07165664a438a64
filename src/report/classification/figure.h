// The chart of a classification.
#pragma once

#include <sightline/classification.h>

#include "report/figures.h"

namespace sightline {

// The metrics of each model, with intervals.
Figure classification_figure(const ClassificationResult& result);

}  // namespace sightline
