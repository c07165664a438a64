// The significance of differences between models, next to the metrics.
#pragma once

#include <sightline/experiment.h>

#include <string>
#include <vector>

namespace sightline {

// Per model: whether its value is printed in bold, because it is the best or not significantly
// worse than the best, while another model is significantly worse. All false without a test of
// `metric`.
std::vector<bool> best_models(const ExperimentResult& result, View view, Metric metric);

// A sentence on bold values; empty without tests.
std::string significance_note(const ExperimentResult& result);

// A matrix of all pairs of models per direction and tested metric; empty without tests.
std::string significance_section(const ExperimentResult& result);

}  // namespace sightline
