// Chance levels of the tables of metrics.
#pragma once

#include <sightline/experiment.h>

#include <optional>
#include <string>
#include <vector>

namespace sightline {

// The expected value of each Metric, in enum order, if all candidates are in random order. The
// queries are those of rows with `split`, or all. Empty for the caption-equivalent views, and
// without queries.
std::vector<double> chance_levels(const ExperimentResult& result, View view,
                                  const std::optional<std::string>& split = {});

}  // namespace sightline
