// eval with several --dataset: a report of each, and their overview.
#include <sightline/error.h>
#include <sightline/overview.h>

#include <cstdio>
#include <set>
#include <tuple>

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

// Neither a report nor the folder of reports may be in a data set.
void check_folders(const EvalOptions& options, const std::vector<DatasetInput>& datasets) {
  const std::filesystem::path& directory = options.report.directory;
  const std::vector<std::string> names = overview_names(datasets);
  for (const DatasetInput& dataset : datasets) {
    refuse_inside(directory, dataset.path);
    for (const std::string& name : names) refuse_inside(directory / name, dataset.path);
  }
  check_overview_folder(directory, names);
}

void write_reports(const Overview& overview, ReportOptions report) {
  const std::string in = "the reports in " + quoted(report.directory);
  set_kept_when_interrupted(in + " are not all new; run the same command again");
  write_overview(overview, report);
  set_kept_when_interrupted(in + " are complete");
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
    if (options.experiment.trec) {
      std::printf("TREC runs and qrels: %s\n", (options.trec.directory / dataset.name).c_str());
    }
    std::printf("report: %s\n", (options.report.directory / dataset.name / "index.html").c_str());
  }
  std::printf("overview: %s\n", (options.report.directory / "index.html").c_str());
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
  const Overview overview = run_overview(several);
  options.report.run = this_run(shell_command(process_arguments()));
  options.report.progress = options.experiment.input.encode.progress;
  write_reports(overview, options.report);
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
