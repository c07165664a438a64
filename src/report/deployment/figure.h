// The chart of quality against cost.
#pragma once

#include <sightline/deployment.h>

#include <vector>

#include "report/deployment/quality.h"
#include "report/figures.h"

namespace sightline {

// Quality against the cost of encoding a million images, or against the hours without a price; one
// panel per column. A line connects the models than which none is both better and cheaper.
Figure deployment_figure(const Deployment& deployment, const std::vector<QualityColumn>& quality);

}  // namespace sightline
