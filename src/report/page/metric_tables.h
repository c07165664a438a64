// The tables of metrics on the page.
#pragma once

#include <sightline/experiment.h>

#include <string>

namespace sightline {

// Returns the HTML of the results section, without its heading: metrics with intervals, and tests.
std::string results_section(const ExperimentResult& result);

}  // namespace sightline
