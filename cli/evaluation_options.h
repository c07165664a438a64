// Options of commands that encode a data set: eval, reproduce, search.
#pragma once

#include <sightline/experiment.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cache_options.h"

namespace sightline::cli {

struct EvaluationFlags {
  CacheFlags cache;
  bool as_json = false;
  bool pull = false;
};

void add_evaluation_options(CLI::App& command, EvaluationInput& input, EvaluationFlags& flags);

// The options that do not concern the data set: backend, device, images, batches, cache, --json.
void add_computation_options(CLI::App& command, EvaluationInput& input, EvaluationFlags& flags);

// --bootstrap, --confidence, --permutations, --seed.
void add_statistics_options(CLI::App& command, StatisticsOptions& statistics);

// Completes `input` after parsing: resolves the data set's name, sets the cache and progress.
void complete_input(EvaluationInput& input, const EvaluationFlags& flags);

// "images: encoded 833, cached 0; texts: …; 12.3 s", for one model.
std::string counts_text(const EncodeCounts& counts);

}  // namespace sightline::cli
