// The section on failures: hubs, corrections, groups, images with words on them.
#pragma once

#include <sightline/experiment.h>

#include <string>

#include "report/page/page.h"

namespace sightline {

// Empty if nothing was measured.
std::string failures_section(const ExperimentResult& result, const PageImages& images);

}  // namespace sightline
