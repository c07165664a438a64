// The significance of differences between models, next to the metrics.
#pragma once

#include <sightline/experiment.h>

#include <string>

namespace sightline {

// A sentence on bold values; empty without tests.
std::string significance_note(const ExperimentResult& result);

// A matrix of all pairs of models per direction and tested metric; empty without tests.
std::string significance_section(const ExperimentResult& result);

}  // namespace sightline
