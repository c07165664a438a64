#include "evaluation_options.h"

#include "console.h"
#include "dataset_options.h"
#include "interruption.h"
#include "locate.h"
#include "model_options.h"
#include "progress_line.h"
#include "search/dataset_names.h"

namespace sightline::cli {

void add_evaluation_options(CLI::App& command, EvaluationInput& input, EvaluationFlags& flags) {
  command
      .add_option("--dataset", flags.datasets,
                  std::string(kDatasetHelp) +
                      "; repeatable, and splits, columns, format "
                      "and --images-root are those of all")
      ->type_name("DATASET")
      ->allow_extra_args(false);
  command
      .add_option("--split", input.dataset.splits,
                  "Read only these splits, comma-separated, such as test,novel")
      ->type_name("NAME")
      ->delimiter(',')
      ->allow_extra_args(false);
  add_dataset_options(command, input.dataset.options);
  add_computation_options(command, input, flags);
}

void add_computation_options(CLI::App& command, EvaluationInput& input, EvaluationFlags& flags) {
  add_backend_options(command, input.model.backend, input.model.device);
  add_image_options(command, input.model);
  add_batch_size_option(command, input.encode.batch_size);
  add_pull_flag(command, flags.pull);
  add_cache_options(command, flags.cache);
  command.add_flag("--json", flags.as_json, "Print the result as JSON");
}

void add_statistics_options(CLI::App& command, StatisticsOptions& statistics) {
  command.add_option("--bootstrap", statistics.resamples, "Bootstrap resamples; 0: no intervals")
      ->check(CLI::Range(0, 10'000'000))
      ->capture_default_str();
  command.add_option("--confidence", statistics.confidence, "Confidence level of the intervals")
      ->check(CLI::Range(0.5, 0.9999))
      ->capture_default_str();
  command
      .add_option("--permutations", statistics.permutations,
                  "Permutations of the tests that compare models; 0: no tests")
      ->check(CLI::Range(0, 10'000'000))
      ->capture_default_str();
  command.add_option("--seed", statistics.seed, "Seed of bootstrap and permutations")
      ->capture_default_str();
}

void complete_input(EvaluationInput& input, const EvaluationFlags& flags) {
  input.dataset.path = locate_dataset(input.dataset.path.string(), flags.pull);
  if (!input.encode.progress) input.encode.progress = console_progress(flags.as_json);
  input.encode.cache = cache_root(flags.cache);
  set_kept_when_interrupted(kept_in_cache(input.encode.cache));
}

std::vector<DatasetInput> complete_inputs(EvaluationInput& input, const EvaluationFlags& flags) {
  std::vector<DatasetInput> inputs;
  for (const std::filesystem::path& path : flags.datasets) {
    input.dataset.path = path;
    complete_input(input, flags);
    inputs.push_back(input.dataset);
  }
  dataset_names(inputs);  // refuses a data set that is given twice
  input.dataset = inputs.front();
  return inputs;
}

std::string counts_text(const EncodeCounts& counts) {
  return "images: encoded " + std::to_string(counts.encoded_images) + ", cached " +
         std::to_string(counts.cached_images) + "; texts: encoded " +
         std::to_string(counts.encoded_texts) + ", cached " + std::to_string(counts.cached_texts) +
         "; " + fixed(counts.seconds, 1) + " s";
}

}  // namespace sightline::cli
