// What the figures mean, in words: one list for results.json and for the page.
#pragma once

#include <sightline/experiment.h>

#include <string>
#include <utility>
#include <vector>

namespace sightline {

// (name, sentence) in the order of reading.
std::vector<std::pair<std::string, std::string>> metric_definitions(const ExperimentResult& result);

}  // namespace sightline
