// sightline reproduce: runs the published experiment and compares the scores with the published
// ones.
#include <sightline/error.h>
#include <sightline/experiment.h>
#include <sightline/report.h>

#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/shell.h"
#include "base/stage.h"
#include "command.h"
#include "console.h"
#include "eval/chance.h"
#include "eval/published_experiment.h"
#include "evaluation_options.h"
#include "locate.h"
#include "model_options.h"
#include "output.h"
#include "report/metric_format.h"
#include "results.h"

namespace sightline::cli {
namespace {

struct Options {
  ExperimentOptions experiment;
  EvaluationFlags flags;
  ReportOptions report;
  std::string dataset;
  std::vector<std::string> models;  // NAME=PATH
  bool no_figures = false;
};

// One of the four systems, with its path, or the reason why it is missing.
struct System {
  PublishedModel published;
  std::string path;
  std::string missing;
};

std::map<std::string, std::string> given_models(const std::vector<std::string>& options) {
  std::map<std::string, std::string> given;
  for (const std::string& option : options) {
    const size_t at = option.find('=');
    const std::string name = option.substr(0, at);
    bool known = false;
    for (const PublishedModel& model : published_models()) known = known || name == model.name;
    if (!known || at == std::string::npos || at + 1 == option.size()) {
      throw Error(
          ErrorCode::invalid_argument,
          "--model expects NAME=PATH, where NAME is baseline, RN50, ViT-B/32 or ViT-B/16; found '" +
              option + "'");
    }
    if (!given.emplace(name, option.substr(at + 1)).second) {
      throw Error(ErrorCode::invalid_argument, "--model ", name, " is repeated");
    }
  }
  return given;
}

// Returns the path that `locate` returns, or "" if it throws not_found.
template <typename Locate>
std::string located(const Locate& locate) {
  try {
    return std::filesystem::path(locate()).string();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    return "";
  }
}

std::vector<System> find_systems(const std::vector<std::string>& options, bool pull) {
  const auto given = given_models(options);
  std::vector<System> systems;
  for (const PublishedModel& model : published_models()) {
    System system{model, "", ""};
    if (const auto at = given.find(model.name); at != given.end()) {
      system.path = locate_model(at->second, pull);
    } else {
      system.path = located([&] { return locate_model(model.name, pull); });
      if (system.path.empty())
        system.missing = std::string("'") + model.name + "' is not in the cache";
    }
    systems.push_back(std::move(system));
  }
  return systems;
}

// Returns the path of the named data set or, without a name, of the first published copy in the
// cache, else of the first that can be pulled. Empty if there is none.
std::string find_dataset(const std::string& named, bool pull) {
  if (!named.empty()) return locate_dataset(named, pull).string();
  const HubSettings settings = hub_settings();
  for (const char* name : published_datasets()) {
    if (missing_repos(name, RepoKind::dataset, settings).empty())
      return resolve_dataset(name, settings).string();
  }
  for (const char* name : published_datasets()) {
    if (std::string path = located([&] { return locate_dataset(name, pull); }); !path.empty())
      return path;
  }
  return "";
}

// Lists on stderr what is missing and how to get it. Returns true if nothing is missing.
bool report_missing(const std::vector<System>& systems, const std::string& dataset) {
  bool all = true;
  if (dataset.empty()) {
    all = false;
    std::fprintf(stderr, "sightline: the data set was not found: pull one of its copies");
    for (const char* name : published_datasets())
      std::fprintf(stderr, ", 'sightline pull --dataset %s'", name);
    std::fprintf(stderr, ", or name its Parquet file with --dataset\n");
  }
  for (const System& system : systems) {
    if (system.missing.empty()) continue;
    all = false;
    std::fprintf(
        stderr,
        "sightline: %s was not found: pull it with 'sightline pull %s', or name its path with "
        "--model %s=PATH\n",
        system.published.name, system.published.name, system.published.name);
  }
  return all;
}

const char* file_text(PublishedFile file) {
  switch (file) {
    case PublishedFile::same:
      return "the published file (SHA-256)";
    case PublishedFile::other:
      return "not the published file (SHA-256 differs); rows and columns match";
    case PublishedFile::several:
      return "several files; rows and columns match";
  }
  return "";
}

const ModelResult* result_of(const ExperimentResult& result, const System& system) {
  for (const ModelResult& model : result.models) {
    if (model.label == system.published.name) return &model;
  }
  return nullptr;
}

bool holds(const Interval& interval, int64_t score) {
  return interval.low <= static_cast<double>(score) && static_cast<double>(score) <= interval.high;
}

Json system_json(const ExperimentResult& result, const System& system) {
  Json json = {{"name", system.published.name}, {"published_score", system.published.score}};
  const ModelResult* model = result_of(result, system);
  if (model == nullptr) {
    json["missing"] = system.missing;
    return json;
  }
  const DirectionMetrics& d = model->metrics.text_to_image;
  json["path"] = system.path;
  json["fingerprint"] = model->info.fingerprint;
  json["score"] = d.score;
  json["difference"] = d.score - system.published.score;
  const auto interval = metric_interval(d, Metric::score);
  json["interval"] = interval ? Json::array({interval->low, interval->high}) : Json(nullptr);
  json["published_within_interval"] =
      interval ? Json(holds(*interval, system.published.score)) : Json(nullptr);
  return json;
}

void print_systems_json(const ExperimentResult& result, const std::vector<System>& systems,
                        PublishedFile file) {
  Json list = Json::array();
  for (const System& system : systems) list.push_back(system_json(result, system));
  const Json json = {{"format", "sightline-reproduction"},
                     {"schema_version", 1},
                     {"dataset",
                      {{"path", result.dataset.string()},
                       {"rows", result.rows.size()},
                       {"published_file", file == PublishedFile::same}}},
                     {"top_k", result.top_k},
                     {"resamples", result.statistics.resamples},
                     {"confidence", result.statistics.confidence},
                     {"seed", result.statistics.seed},
                     {"systems", std::move(list)}};
  print_json(json);
}

void print_table(const ExperimentResult& result, const std::vector<System>& systems,
                 PublishedFile file) {
  std::vector<std::vector<std::string>> rows;
  for (const System& system : systems) {
    std::vector<std::string> row = {system.published.name, std::to_string(system.published.score)};
    const ModelResult* model = result_of(result, system);
    if (model == nullptr) {
      row.insert(row.end(), {"not found", "", "", ""});
    } else {
      const DirectionMetrics& d = model->metrics.text_to_image;
      const auto interval = metric_interval(d, Metric::score);
      row.push_back(std::to_string(d.score));
      row.push_back(
          difference_text(Metric::score, static_cast<double>(d.score - system.published.score)));
      row.push_back(interval_text(Metric::score, interval));
      row.push_back(!interval ? "" : holds(*interval, system.published.score) ? "yes" : "no");
    }
    rows.push_back(std::move(row));
  }
  const double chance =
      chance_level(result, View::text_to_image)[static_cast<size_t>(Metric::score)];
  rows.push_back({"chance", "", fixed(chance, 1), "", "", ""});
  std::printf("data set: %s, %zu rows: %s\n", one_line(result.dataset.string()).c_str(),
              result.rows.size(), file_text(file));
  std::printf("captions whose own image is among the top %d of %zu\n", result.top_k,
              result.rows.size());
  std::printf("%s", format_table({"system", ">published", ">ours", ">difference",
                                  ">interval of ours", "published within it"},
                                 rows)
                        .c_str());
  const StatisticsOptions& s = result.statistics;
  std::printf("intervals: %s %% bootstrap over the images, %d resamples, seed %llu\n",
              fixed(100 * s.confidence, 1).c_str(), s.resamples,
              static_cast<unsigned long long>(s.seed));
}

int run(Options& options) {
  const bool report = !options.report.directory.empty();
  options.report.figures = !options.no_figures;
  if (report) {
    check_output_folder(options.report.directory);
    check_report_folder(options.report.directory);
    if (options.report.figures) require_gnuplot();
  }
  const std::vector<System> systems = find_systems(options.models, options.flags.pull);
  const std::string dataset = find_dataset(options.dataset, options.flags.pull);
  const bool all = report_missing(systems, dataset);
  std::vector<std::string> names;
  for (const System& system : systems) {
    if (!system.missing.empty()) continue;
    options.experiment.models.push_back(system.path);
    names.push_back(system.published.name);
  }
  if (dataset.empty() || names.empty()) return kFailed;
  check_published_dataset(dataset);
  EvaluationInput& input = options.experiment.input;
  input.dataset.path = dataset;
  complete_input(input, options.flags);
  input.dataset.options.image_column = kPublishedImageColumn;
  input.dataset.options.text_columns = {kPublishedTextColumn};
  input.dataset.options.merge_repeated_images = false;  // published: every row is an image
  options.experiment.top_k = kPublishedTopK;
  if (options.experiment.queries.empty()) {
    options.experiment.queries.assign(published_queries().begin(), published_queries().end());
  }
  ExperimentResult result = run_experiment(options.experiment);
  for (size_t m = 0; m < names.size(); ++m) result.models[m].label = names[m];
  options.report.run = this_run(shell_command(process_arguments()));
  if (report) write_report_in(options.report, result, input, input.encode.progress);
  for (const std::string& warning : result.warnings) warn(warning);
  if (const std::string fonts = missing_fonts_warning(result); report && !fonts.empty())
    warn(fonts);
  const PublishedFile file = [&] {
    const Stage stage(input.encode.progress, "hashing the data set");
    return compare_published_file(dataset);
  }();
  if (options.flags.as_json) {
    print_systems_json(result, systems, file);
  } else {
    print_table(result, systems, file);
    if (report) print_path("report", options.report.directory / "index.html");
  }
  if (!result.skipped.empty()) report_skipped(result.skipped);
  return all && result.skipped.empty() ? kDone : kSkipped;
}

}  // namespace

void add_reproduce(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("reproduce", "Run the published experiment and compare the scores");
  command
      ->add_option("--dataset", options->dataset,
                   "Parquet file, folder or name of its data set (default: the copy in the cache)")
      ->type_name("DATASET");
  command
      ->add_option(
          "--model", options->models,
          "NAME=PATH, a model to use instead of the one in the cache; NAME is baseline, RN50, "
          "ViT-B/32 or ViT-B/16; repeatable")
      ->type_name("NAME=PATH")
      ->allow_extra_args(false);
  command
      ->add_option("--query", options->experiment.queries,
                   "Text query instead of the five published ones, shown in the report; "
                   "repeatable")
      ->type_name("TEXT")
      ->allow_extra_args(false);
  command
      ->add_option("--out", options->report.directory,
                   "Folder of a full report, like that of eval (default: none)")
      ->type_name("DIR");
  command->add_flag("--no-figures", options->no_figures,
                    "Write no figures into the report; does not need gnuplot");
  add_statistics_options(*command, options->experiment.statistics);
  // The published experiment opened its images without applying their orientation.
  options->experiment.input.model.orientation = OrientationProfile::stored;
  add_computation_options(*command, options->experiment.input, options->flags);
  add_precision_option(*command, options->experiment.input.model.precision);
  command->group("Evaluation");
  command->footer(
      "Exit codes: 0 all four systems ran, 3 some were missing or rows were skipped, 1 none "
      "could run.\n"
      "Example:\n  sightline pull baseline RN50 ViT-B/32 ViT-B/16\n"
      "  sightline pull --dataset reach-vb/pokemon-blip-captions\n"
      "  sightline reproduce --out build/reproduction");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace sightline::cli
