// eval --task classification of one data set.
#include <sightline/error.h>

#include <cstdio>

#include "base/shell.h"
#include "command.h"
#include "console.h"
#include "eval.h"
#include "output.h"
#include "results.h"
#include "search/dataset_names.h"

namespace sightline::cli {
namespace {

std::optional<Deployment> measure(const EvalOptions& options, const ClassificationResult& result) {
  std::vector<std::string> labels;
  std::vector<Precision> precisions;
  for (const ClassifiedModel& model : result.models) {
    labels.push_back(model.label);
    precisions.push_back(model.computation.precision);
  }
  return measure_if_wanted(options.deployment, options.experiment, labels, precisions);
}

}  // namespace

void refuse_retrieval_options(const CLI::App& command) {
  for (const char* name : {"--add", "--trec", "--robustness", "--noise", "--captions", "--top-k",
                           "--hub-k", "--correct", "--group-column", "--typographic"}) {
    if (command.count(name) == 0) continue;
    throw Error(ErrorCode::invalid_argument, name,
                " is an option of the task retrieval, found --task classification");
  }
}

int evaluate_classification(EvalOptions& options, const CLI::App& command) {
  refuse_retrieval_options(command);
  for (const char* name : {"--query", "--queries"}) {
    if (command.count(name) == 0) continue;
    throw Error(ErrorCode::invalid_argument, name,
                " needs the task retrieval or several data sets, found --task classification");
  }
  const std::vector<DatasetInput> datasets = locate_datasets(options);
  refuse_inside(options.report.directory, datasets.front().path);
  ClassificationOptions classification;
  classification.task = task_of(options.classification, dataset_names(datasets).front());
  locate_models(options, datasets);
  classification.input = options.experiment.input;
  classification.models = options.experiment.models;
  classification.precisions = options.experiment.precisions;
  classification.statistics = options.experiment.statistics;
  const ClassificationResult result = run_classification(classification);
  options.report.deployment = measure(options, result);
  options.report.run = this_run(shell_command(process_arguments()));
  write_report_in(options.report, classification.input.encode.progress,
                  [&](const ReportOptions& report) {
                    write_classification_report(result, classification.input, report);
                  });
  for (const std::string& warning : result.warnings) warn(warning);
  if (options.flags.as_json) {
    std::fputs(classification_json(result, *options.report.run, options.report.deployment).c_str(),
               stdout);
  } else {
    print_classification(result);
    std::fputs(deployment_table(options.report.deployment).c_str(), stdout);
    print_path("report", options.report.directory / "index.html");
  }
  if (result.skipped.empty()) return kDone;
  report_skipped(result.skipped);
  return kSkipped;
}

}  // namespace sightline::cli
