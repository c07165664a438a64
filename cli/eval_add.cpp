// eval --add: the report to which models are added.
#include <sightline/error.h>
#include <sightline/measurements.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "eval.h"

namespace sightline::cli {
namespace {

std::filesystem::path measurements_path(const EvalOptions& options) {
  return options.report.directory / "measurements.json";
}

// Takes the settings that were not given from the report to which models are added.
void take_settings(EvalOptions& options, const ExperimentResult& report, const CLI::App& command) {
  const auto given = [&](const char* name) { return command.count(name) > 0; };
  ExperimentOptions& experiment = options.experiment;
  if (!given("--dataset") && options.image_vectors.empty())
    options.flags.datasets = {report.dataset};
  if (!given("--split")) experiment.input.dataset.splits = report.splits;
  if (!given("--top-k")) experiment.top_k = report.top_k;
  if (!given("--captions")) experiment.captions = report.caption_choice;
  if (!given("--query") && !given("--queries")) {
    for (const FreeQuery& query : report.models.at(0).queries)
      experiment.queries.push_back(query.text);
  }
  if (!given("--robustness") && !given("--noise")) experiment.noise = report.noise;
  FailureOptions& failures = experiment.failures;
  const FailureOptions& stored = report.failures;
  if (!given("--hub-k")) failures.hub_k = stored.hub_k;
  if (!given("--correct") && !given("--query-bank") && !given("--query-bank-captions"))
    failures.corrections = stored.corrections;
  if (!given("--group-column")) failures.group_columns = stored.group_columns;
  if (!given("--typographic")) failures.typographic = stored.typographic;
  StatisticsOptions& statistics = experiment.statistics;
  if (!given("--bootstrap")) statistics.resamples = report.statistics.resamples;
  if (!given("--confidence")) statistics.confidence = report.statistics.confidence;
  if (!given("--permutations")) statistics.permutations = report.statistics.permutations;
  if (!given("--seed")) statistics.seed = report.statistics.seed;
}

}  // namespace

std::string earlier_command(const std::filesystem::path& report) {
  constexpr int64_t kMost = int64_t{1} << 30;
  const std::filesystem::path file = report / "results.json";
  try {
    const nlohmann::json results = parse_json(read_text_file(file, kMost), file.string());
    return results.at("run").at("command").get<std::string>();
  } catch (const nlohmann::json::exception&) {
    return "true";  // made by a version that did not record it
  }
}

std::optional<ExperimentResult> stored_result(EvalOptions& options, const CLI::App& command) {
  if (!options.add) return std::nullopt;
  const std::filesystem::path path = measurements_path(options);
  if (!std::filesystem::exists(file_status(path))) {
    throw Error(ErrorCode::not_found, "--add extends a report, but there is no '", path.string(),
                "'; evaluate without --add first");
  }
  ExperimentResult stored = read_measurements(path, options.experiment.input.encode.progress);
  if (stored.models.empty())
    throw Error(ErrorCode::invalid_data, "'", path.string(), "' holds no model");
  const bool of_vectors = stored.dataset_format == "vectors";
  if (of_vectors && options.image_vectors.empty()) {
    throw Error(ErrorCode::invalid_argument, "'", options.report.directory.string(),
                "' is a report of vectors: --add requires --image-vectors and --text-vectors");
  }
  if (options.experiment.models.empty() && options.image_vectors.empty())
    throw Error(ErrorCode::invalid_argument, "--add requires --model");
  if (std::filesystem::exists(file_status(options.report.directory / "ranks.jsonl")))
    options.report.ranks = true;
  take_settings(options, stored, command);
  require_same_settings(stored, options.experiment);
  return stored;
}

}  // namespace sightline::cli
