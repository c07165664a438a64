// Options that eval and query share.
#pragma once

#include <sightline/experiment.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "console.h"

namespace sightline::cli {

struct EvaluationFlags {
  std::string cache;
  bool no_cache = false;
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

// Where embeddings and digests are kept; empty where nothing is, or where there is no place.
std::filesystem::path cache_folder(const EvaluationFlags& flags);

// "833 images encoded, 0 cached; 833 captions …" for one model.
std::string counts_text(const EncodeCounts& counts);

std::vector<SkippedInput> skipped_inputs(const std::vector<ExperimentSkip>& skipped);

}  // namespace sightline::cli
