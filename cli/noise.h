// Options and table of the robustness experiment (noisy captions).
#pragma once

#include <sightline/experiment.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace sightline::cli {

struct NoiseFlags {
  bool all = false;                // --robustness
  std::vector<std::string> kinds;  // --noise
  std::vector<double> percents = {10, 20, 30, 50};
};

void add_noise_options(CLI::App& command, NoiseFlags& flags, NoiseOptions& noise);

// Sets kinds and strengths of `noise` after parsing. Throws what parse_noise_kind throws.
void complete_noise(NoiseOptions& noise, const NoiseFlags& flags);

// Returns a table with one row per kind and model; empty without noise.
std::string noise_table(const ExperimentResult& result);

}  // namespace sightline::cli
