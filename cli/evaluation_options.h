// Options that eval and query share.
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

// Its part that is not about the data set: backend, device, images, batches, cache, --json.
void add_computation_options(CLI::App& command, EvaluationInput& input, EvaluationFlags& flags);

// --bootstrap, --confidence, --permutations, --seed.
void add_statistics_options(CLI::App& command, StatisticsOptions& statistics);

// To be called after parsing: decides on the cache and on progress.
void complete_input(EvaluationInput& input, const EvaluationFlags& flags);

// "833 images encoded, 0 cached; 833 captions …" for one model.
std::string counts_text(const EncodeCounts& counts);

}  // namespace sightline::cli
