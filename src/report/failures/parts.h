// Words and figures of the failure report that the terminal and the page share.
#pragma once

#include <sightline/experiment.h>

#include <string>

namespace sightline {

// The mean of N_K over the candidates.
double mean_occurrence(const Hubness& hubness);

// Sentences on the corrections that were measured: what is transductive, which captions are the
// query bank, how many queries qb-norm corrected. Each ends in a line break.
std::string correction_notes(const ExperimentResult& result);

// The value of a group as plain text; "(empty)" for an empty one.
std::string group_name(const std::string& value);

}  // namespace sightline
