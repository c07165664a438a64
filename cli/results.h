// Tables and the report of an experiment's results.
#pragma once

#include <sightline/experiment.h>
#include <sightline/overview.h>
#include <sightline/report.h>

#include <functional>

namespace sightline::cli {

// Prints the numbers of images and captions, then both directions. Each model has a row, followed
// by its intervals, its caption-equivalent metrics if captions repeat, and its splits.
void print_results(const ExperimentResult& result);

// Prints the paired tests of strict accuracy and MRR. Prints nothing for one model.
void print_comparisons(const ExperimentResult& result);

// Prints precisions, results, comparisons, noise and, if `encoded`, the counts of encoded inputs.
void print_result(const ExperimentResult& result, bool encoded);

// Prints the main metrics, text → image, of every model on every data set.
void print_matrix(const Overview& overview);

// Writes a report with progress. An interruption says whether a report is left, and which one.
void write_report_in(ReportOptions report, const ProgressFn& progress,
                     const std::function<void(const ReportOptions&)>& write);
// The same with write_report.
void write_report_in(ReportOptions report, const ExperimentResult& result,
                     const EvaluationInput& input, const ProgressFn& progress);

}  // namespace sightline::cli
