// Options shared by eval, reproduce and search, which encode a data set.
#pragma once

#include <sightline/experiment.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cache_options.h"

namespace sightline::cli {

struct EvaluationFlags {
  std::vector<std::filesystem::path> datasets;  // --dataset of eval and search, repeatable
  CacheFlags cache;
  bool as_json = false;
  bool pull = false;
};

void add_evaluation_options(CLI::App& command, EvaluationInput& input, EvaluationFlags& flags);

// The options that do not describe the data set: backend, device, image decoding, batch size,
// --pull, cache, --json.
void add_computation_options(CLI::App& command, EvaluationInput& input, EvaluationFlags& flags);

// --bootstrap, --confidence, --permutations, --seed.
void add_statistics_options(CLI::App& command, StatisticsOptions& statistics);

// Completes `input` after parsing: resolves the data set's name, sets the cache and progress.
void complete_input(EvaluationInput& input, const EvaluationFlags& flags);
// The same for each of flags.datasets, of which there must be one. Returns the inputs, of which
// input.dataset becomes the first.
std::vector<DatasetInput> complete_inputs(EvaluationInput& input, const EvaluationFlags& flags);

// Formats the counts of one model: "images: encoded 833, cached 0; texts: …; 12.3 s".
std::string counts_text(const EncodeCounts& counts);

}  // namespace sightline::cli
