// eval --deployment: options, measurement and table.
#pragma once

#include <sightline/deployment.h>
#include <sightline/experiment.h>

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace sightline::cli {

struct DeploymentFlags {
  bool wanted = false;
  std::optional<double> price;
  std::string currency = "USD";
  int rounds = 3;
};

void add_deployment_options(CLI::App& command, DeploymentFlags& flags);

// Measures the models of an evaluation, whose labels and precisions are those of its results;
// nothing without --deployment.
std::optional<Deployment> measure_if_wanted(const DeploymentFlags& flags,
                                            const ExperimentOptions& experiment,
                                            const std::vector<std::string>& labels,
                                            const std::vector<Precision>& precisions);

// Returns the table and the machine, as text; empty without a deployment.
std::string deployment_table(const std::optional<Deployment>& deployment);

}  // namespace sightline::cli
