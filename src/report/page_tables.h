// The tables of metrics and comparisons on the page.
#pragma once

#include <sightline/experiment.h>

#include <string>

namespace sightline {

// Returns the HTML of the results section, without its heading.
std::string results_section(const ExperimentResult& result);
// Strict and caption-equivalent metrics side by side.
std::string definitions_tables(const ExperimentResult& result);

}  // namespace sightline
