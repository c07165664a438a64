// The tables of tests between models.
#pragma once

#include <sightline/experiment.h>

#include <string>

namespace sightline {

// All tests, with their intervals; empty for one model.
std::string comparisons_section(const ExperimentResult& result);

}  // namespace sightline
