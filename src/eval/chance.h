// The chance level: metrics of a random ranking.
#pragma once

#include <sightline/experiment.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sightline {

// Returns the expected value of each Metric, in enum order, if the candidates of every query are in
// random order; the median rank is the median of all queries' ranks.
//   relevant     relevant candidates of each query, at least 1
//   candidates   candidates of each query, at least as many as are relevant
// Definitions as in sightline/metrics.h.
std::vector<double> chance_level(std::span<const int64_t> relevant, int64_t candidates, int top_k);

// The chance level of a direction under the strict definition of relevant. The queries are those of
// rows with `split`, or all. Empty for the caption-equivalent views, and without queries.
std::vector<double> chance_level(const ExperimentResult& result, View view,
                                 const std::optional<std::string>& split = {});

// The accuracy of random rankings at K = 1, …, 50, or up to the number of candidates.
std::vector<double> chance_curve(const ExperimentResult& result, View view);

// One metric of that chance level.
double chance_of(const ExperimentResult& result, View view, Metric metric);

}  // namespace sightline
