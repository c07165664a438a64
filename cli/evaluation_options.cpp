#include "evaluation_options.h"

#include <sightline/error.h>

#include "dataset_options.h"
#include "encode/embedding_cache.h"
#include "locate.h"
#include "model_options.h"

namespace sightline::cli {

void add_evaluation_options(CLI::App& command, EvaluationInput& input, EvaluationFlags& flags) {
  command.add_option("--dataset", input.dataset, kDatasetHelp)->required();
  command.add_option("--split", input.splits, "Only these splits, joined by commas (test,novel)")
      ->delimiter(',');
  add_dataset_options(command, input.dataset_options);
  add_computation_options(command, input, flags);
}

void add_computation_options(CLI::App& command, EvaluationInput& input, EvaluationFlags& flags) {
  add_backend_options(command, input.model.backend, input.model.device);
  add_image_options(command, input.model.orientation, input.model.decode);
  add_batch_size_option(command, input.batch_size);
  add_pull_flag(command, flags.pull);
  auto* cache =
      command.add_option("--cache", flags.cache,
                         "Folder where embeddings are kept (default: $XDG_CACHE_HOME/sightline "
                         "or ~/.cache/sightline)");
  command.add_flag("--no-cache", flags.no_cache, "Keep no embeddings, use none")->excludes(cache);
  command.add_flag("--json", flags.as_json, "Print the result as JSON");
}

void add_statistics_options(CLI::App& command, StatisticsOptions& statistics) {
  command
      .add_option("--bootstrap", statistics.resamples,
                  "Resamples of the intervals; 0: no intervals")
      ->check(CLI::Range(0, 10'000'000))
      ->capture_default_str();
  command.add_option("--confidence", statistics.confidence, "Of the intervals")
      ->check(CLI::Range(0.5, 0.9999))
      ->capture_default_str();
  command
      .add_option("--permutations", statistics.permutations,
                  "Of the tests between models; 0: no tests")
      ->check(CLI::Range(0, 10'000'000))
      ->capture_default_str();
  command.add_option("--seed", statistics.seed, "Of resamples and permutations")
      ->capture_default_str();
}

void complete_input(EvaluationInput& input, const EvaluationFlags& flags) {
  input.dataset = locate_dataset(input.dataset.string(), flags.pull);
  input.progress = console_progress(flags.as_json);
  if (const auto cache = cache_folder(flags); !cache.empty()) input.cache = cache;
}

std::filesystem::path cache_folder(const EvaluationFlags& flags) {
  if (flags.no_cache) return {};
  if (!flags.cache.empty()) return flags.cache;
  try {
    return default_cache_root();
  } catch (const Error& error) {
    warn(error.what());
    return {};
  }
}

std::string counts_text(const EncodeCounts& counts) {
  return "images: encoded " + std::to_string(counts.encoded_images) + ", cached " +
         std::to_string(counts.cached_images) + "; texts: encoded " +
         std::to_string(counts.encoded_texts) + ", cached " + std::to_string(counts.cached_texts) +
         "; " + fixed(counts.seconds, 1) + " s";
}

std::vector<SkippedInput> skipped_inputs(const std::vector<ExperimentSkip>& skipped) {
  std::vector<SkippedInput> out;
  for (const auto& skip : skipped) out.push_back({skip.id, skip.reason});
  return out;
}

}  // namespace sightline::cli
