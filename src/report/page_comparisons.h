// The tables of the page that compare models.
#pragma once

#include <sightline/experiment.h>
#include <string>

namespace sightline {

// Tests between each two models; empty for one.
std::string comparisons_section(const ExperimentResult& result);

}  // namespace sightline
