// eval with several --dataset: a report of each, and their overview.
#include <sightline/error.h>
#include <sightline/overview.h>

#include <cmath>
#include <cstdio>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "base/shell.h"
#include "base/text.h"
#include "command.h"
#include "console.h"
#include "eval.h"
#include "interruption.h"
#include "output.h"
#include "results.h"

namespace sightline::cli {
namespace {

// Neither a report nor the folder of reports may be in a data set, nor may the runs.
void check_folders(const EvalOptions& options, const std::vector<DatasetInput>& datasets) {
  const std::filesystem::path& directory = options.report.directory;
  const std::vector<std::string> names = overview_names(datasets);
  std::vector<std::filesystem::path> outputs = {directory};
  for (const std::string& name : names) {
    outputs.push_back(directory / name);
    if (!options.experiment.trec) continue;
    outputs.push_back(options.trec.directory / name);
    check_output_folder(outputs.back());
  }
  if (options.experiment.trec) outputs.push_back(options.trec.directory);
  for (const DatasetInput& dataset : datasets) {
    for (const std::filesystem::path& output : outputs) refuse_inside(output, dataset.path);
  }
  check_overview_folder(directory, names);
}

// Writes the report of each data set as soon as it is measured.
class Reports {
 public:
  explicit Reports(ReportOptions options) : options_(std::move(options)) {}

  void write(DatasetResult& dataset) {
    begin(dataset.name);
    write_dataset_report(dataset, report_);
    end(dataset.name, dataset.report_error);
  }

  void write(ClassifiedDataset& dataset) {
    begin(dataset.name);
    write_classified_report(dataset, report_);
    end(dataset.name, dataset.report_error);
  }

  void write_page(const Overview& overview) {
    write_overview_page(overview, options_);
    set_kept_when_interrupted("the reports in " + quoted(options_.directory) + " are complete");
  }

  // A sentence; empty before the first one.
  const std::string& complete() const { return complete_; }

 private:
  static constexpr const char* kAgain = "run the same command again";

  void begin(const std::string& name) {
    const std::string before = complete_ + (complete_.empty() ? "" : "; ");
    const std::string one = "the report in " + quoted(options_.directory / name);
    report_ = options_;
    report_.on_replace = [before, one] {
      set_kept_when_interrupted(before + one + " is incomplete; " + kAgain);
    };
  }

  void end(const std::string& name, const std::optional<Error>& error) {
    if (!error) {
      names_ += (names_.empty() ? "'" : ", '") + name + "'";
      complete_ = "in " + quoted(options_.directory) + " the new reports of " + names_ +
                  " are complete, the overview is not";
    }
    if (!complete_.empty()) set_kept_when_interrupted(complete_ + "; " + kAgain);
  }

  ReportOptions options_, report_;
  std::string names_, complete_;
};

Overview evaluate(OverviewOptions options, Reports& reports) {
  options.on_dataset = [&](DatasetResult& dataset) { reports.write(dataset); };
  options.on_classified = [&](ClassifiedDataset& dataset) { reports.write(dataset); };
  try {
    return run_overview(options);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::cancelled && !reports.complete().empty())
      warn(reports.complete());
    throw;
  }
}

// The rows that were skipped in an experiment or for the queries, each once.
std::vector<SkippedRow> all_skipped(const Overview& overview) {
  std::vector<SkippedRow> skipped;
  std::set<std::tuple<std::string, std::string, std::string>> seen;
  const auto add = [&](const std::vector<SkippedRow>& rows, const std::string& dataset) {
    for (SkippedRow row : rows) {
      if (!dataset.empty()) row.dataset = dataset;
      if (seen.insert({row.dataset, row.id, row.reason}).second) skipped.push_back(std::move(row));
    }
  };
  for (const DatasetResult& dataset : overview.datasets) add(dataset.result.skipped, dataset.name);
  for (const ClassifiedDataset& dataset : overview.classified)
    add(dataset.result.skipped, dataset.name);
  for (const ModelSearch& search : overview.searches)
    if (search.result.encoding) add(search.result.encoding->skipped, "");
  return skipped;
}

void warn_all(const Overview& overview) {
  for (const DatasetResult& dataset : overview.datasets) {
    for (const std::string& warning : dataset.result.warnings) warn(dataset.name + ": " + warning);
    if (const std::string fonts = missing_fonts_warning(dataset.result); !fonts.empty())
      warn(dataset.name + ": " + fonts);
  }
  for (const ClassifiedDataset& dataset : overview.classified)
    for (const std::string& warning : dataset.result.warnings) warn(dataset.name + ": " + warning);
  for (const std::string& warning : overview.warnings) warn(warning);
}

// Whether the data sets agree on the order of the models, and how many queries are hard for all.
void print_agreement(const Overview& overview) {
  std::vector<std::vector<std::string>> rows;
  for (const RankCorrelation& one : rank_correlations(overview)) {
    const int64_t pairs = one.models * (one.models - 1) / 2;
    rows.push_back({one.a, one.b, std::isfinite(one.tau) ? fixed(one.tau, 2) : "-",
                    std::to_string(one.concordant) + " of " + std::to_string(pairs)});
  }
  if (!rows.empty())
    std::printf(
        "order of the models by R@1, acc1 or mAP, n = %zu models\n%s\n",
        model_labels(overview).size(),
        format_table({"~data set", "~and data set", ">Kendall's tau", ">pairs in one order"}, rows)
            .c_str());
  for (const DatasetResult& dataset : overview.datasets)
    std::printf("%s: %lld of %zu captions have their image below rank %d with every model\n",
                dataset.name.c_str(), static_cast<long long>(hard_cases(dataset.result, 0).count),
                dataset.result.text_row.size(), dataset.result.top_k);
  for (const ClassifiedDataset& dataset : overview.classified) {
    if (dataset.result.multilabel) continue;
    std::printf("%s: %lld of %zu images are classified wrongly by every model\n",
                dataset.name.c_str(), static_cast<long long>(hard_cases(dataset.result, 0).count),
                dataset.result.images.size());
  }
  std::printf("\n");
}

// Sets the data sets that are classified, and their tasks.
void set_tasks(OverviewOptions& several, const EvalOptions& options, const CLI::App& command) {
  const std::vector<std::string> names = overview_names(several.datasets);
  for (size_t d = 0; d < names.size(); ++d)
    if (is_classified(options.classification, several.datasets[d]))
      several.classified[d] = task_of(options.classification, names[d]);
  if (several.classified.size() == several.datasets.size()) refuse_retrieval_options(command);
}

std::optional<Deployment> measure(const EvalOptions& options, const Overview& overview) {
  std::vector<Precision> precisions;
  if (!overview.datasets.empty()) {
    for (const ModelResult& model : overview.datasets.front().result.models)
      precisions.push_back(model.computation.precision);
  } else {
    for (const ClassifiedModel& model : overview.classified.front().result.models)
      precisions.push_back(model.computation.precision);
  }
  return measure_if_wanted(options.deployment, options.experiment, model_labels(overview),
                           precisions);
}

void print_overview(const Overview& overview, const EvalOptions& options) {
  for (const DatasetResult& dataset : overview.datasets) {
    std::printf("%s\n\n", heading("data set " + dataset.name).c_str());
    print_result(dataset.result, true);
    std::printf("\n");
  }
  for (const ClassifiedDataset& dataset : overview.classified) {
    std::printf("%s\n\n", heading("data set " + dataset.name).c_str());
    print_classification(dataset.result);
    std::printf("\n");
  }
  print_matrix(overview);
  print_classified_matrix(overview);
  print_agreement(overview);
  std::fputs(deployment_table(overview.deployment).c_str(), stdout);
  for (const DatasetResult& dataset : overview.datasets) {
    if (options.experiment.trec)
      print_path("TREC runs and qrels", options.trec.directory / dataset.name);
    print_path("report", options.report.directory / dataset.name / "index.html");
  }
  for (const ClassifiedDataset& dataset : overview.classified)
    print_path("report", options.report.directory / dataset.name / "index.html");
  print_path("overview", options.report.directory / "index.html");
}

}  // namespace

int evaluate_several(EvalOptions& options, const CLI::App& command) {
  if (options.add) {
    throw Error(ErrorCode::invalid_argument,
                "--add extends the report of one data set, found several --dataset");
  }
  OverviewOptions several;
  several.datasets = locate_datasets(options);
  check_folders(options, several.datasets);
  set_tasks(several, options, command);
  locate_models(options, several.datasets);
  several.experiment = options.experiment;
  options.report.run = this_run(shell_command(process_arguments()));
  options.report.progress = options.experiment.input.encode.progress;
  Reports reports(options.report);
  Overview overview = evaluate(several, reports);
  overview.deployment = measure(options, overview);
  reports.write_page(overview);
  warn_all(overview);
  if (options.flags.as_json) {
    std::fputs(overview_json(overview, *options.report.run).c_str(), stdout);
  } else {
    print_overview(overview, options);
  }
  const std::vector<SkippedRow> skipped = all_skipped(overview);
  if (skipped.empty()) return kDone;
  report_skipped(skipped);
  return kSkipped;
}

}  // namespace sightline::cli
