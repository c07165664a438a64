// Definitions of the metrics in words, for results.json and the HTML page.
#pragma once

#include <sightline/experiment.h>

#include <string>
#include <utility>
#include <vector>

namespace sightline {

// Returns (name, sentence) pairs in display order.
std::vector<std::pair<std::string, std::string>> metric_definitions(const ExperimentResult& result);

}  // namespace sightline
