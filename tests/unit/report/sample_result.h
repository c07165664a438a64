// A result of an experiment for tests of figures and tables.
#pragma once

#include <sightline/experiment.h>

#include <string>
#include <vector>

namespace sightline {

// One model per element of `ranks`, with this rank for every query in both directions, the same
// gains in all views, and `queries` images with one caption each. With intervals and tests.
ExperimentResult sample_result(const std::vector<std::vector<int64_t>>& ranks,
                               const std::vector<std::string>& labels);

// Adds noise: the kinds change the accuracy of every model to the shares of its clean accuracy in
// `shares`, one per kind, at every strength.
void add_noise_points(ExperimentResult& result, const std::vector<NoiseKind>& kinds,
                      const std::vector<double>& shares);

// A failure report with every part, of rows and texts 0 and 1. Groups are left to add_statistics.
FailureReport sample_failures();
// The settings of sample_failures().
FailureOptions sample_failure_options();

}  // namespace sightline
