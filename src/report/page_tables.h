// The tables of figures and of comparisons on the page.
#pragma once

#include <sightline/experiment.h>

#include <string>

namespace sightline {

// HTML below the section's heading.
std::string results_section(const ExperimentResult& result);
// Strict and caption-equivalent figures beside each other.
std::string definitions_tables(const ExperimentResult& result);

}  // namespace sightline
