// eval with several --dataset: a report of each, and their overview.
#include <sightline/error.h>
#include <sightline/overview.h>

#include <cstdio>
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
    const std::string before = complete_ + (complete_.empty() ? "" : "; ");
    const std::string one = "the report in " + quoted(options_.directory / dataset.name);
    ReportOptions report = options_;
    report.on_replace = [&] {
      set_kept_when_interrupted(before + one + " is incomplete; " + kAgain);
    };
    write_dataset_report(dataset, report);
    if (!dataset.report_error) {
      names_ += (names_.empty() ? "'" : ", '") + dataset.name + "'";
      complete_ = "in " + quoted(options_.directory) + " the new reports of " + names_ +
                  " are complete, the overview is not";
    }
    if (!complete_.empty()) set_kept_when_interrupted(complete_ + "; " + kAgain);
  }

  void write_page(const Overview& overview) {
    write_overview_page(overview, options_);
    set_kept_when_interrupted("the reports in " + quoted(options_.directory) + " are complete");
  }

  // A sentence; empty before the first one.
  const std::string& complete() const { return complete_; }

 private:
  static constexpr const char* kAgain = "run the same command again";

  ReportOptions options_;
  std::string names_, complete_;
};

Overview evaluate(OverviewOptions options, Reports& reports) {
  options.on_dataset = [&](DatasetResult& dataset) { reports.write(dataset); };
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
  for (const std::string& warning : overview.warnings) warn(warning);
}

void print_overview(const Overview& overview, const EvalOptions& options) {
  for (const DatasetResult& dataset : overview.datasets) {
    std::printf("%s\n\n", heading("data set " + dataset.name).c_str());
    print_result(dataset.result, true);
    std::printf("\n");
  }
  print_matrix(overview);
  for (const DatasetResult& dataset : overview.datasets) {
    if (options.experiment.trec)
      print_path("TREC runs and qrels", options.trec.directory / dataset.name);
    print_path("report", options.report.directory / dataset.name / "index.html");
  }
  print_path("overview", options.report.directory / "index.html");
}

}  // namespace

int evaluate_several(EvalOptions& options) {
  if (options.add) {
    throw Error(ErrorCode::invalid_argument,
                "--add extends the report of one data set, found several --dataset");
  }
  OverviewOptions several;
  several.datasets = locate_datasets(options);
  check_folders(options, several.datasets);
  locate_models(options, several.datasets);
  several.experiment = options.experiment;
  options.report.run = this_run(shell_command(process_arguments()));
  options.report.progress = options.experiment.input.encode.progress;
  Reports reports(options.report);
  const Overview overview = evaluate(several, reports);
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
