// The parts of sightline eval.
#pragma once

#include <sightline/experiment.h>
#include <sightline/report.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "classification.h"
#include "deployment.h"
#include "evaluation_options.h"
#include "failures.h"
#include "noise.h"

namespace sightline::cli {

struct EvalOptions {
  ExperimentOptions experiment;
  EvaluationFlags flags;
  NoiseFlags noise;
  FailureFlags failures;
  ReportOptions report;
  std::string captions = "all";
  bool no_figures = false;
  TrecOptions trec;
  std::string trec_depth = "1000";
  std::vector<std::filesystem::path> image_vectors, text_vectors;  // of each encoder
  std::filesystem::path relevance, queries, config;
  bool add = false;
  ClassificationFlags classification;
  DeploymentFlags deployment;
};

// Returns the result of the report to which models are added, from which settings that were not
// given are taken; nothing without --add.
std::optional<ExperimentResult> stored_result(EvalOptions& options, const CLI::App& command);

// Returns the commands that made a report, to which --add adds this one.
std::string earlier_command(const std::filesystem::path& report);

// Completes the input and returns the data sets. Throws invalid_argument without one or without a
// model.
std::vector<DatasetInput> locate_datasets(EvalOptions& options);
// Call it after all other checks, since it may download models.
void locate_models(EvalOptions& options, const std::vector<DatasetInput>& datasets);

// Classifies the images of the data set, and writes and prints the report. Returns the exit code.
int evaluate_classification(EvalOptions& options, const CLI::App& command);

// Evaluates several data sets, and writes and prints their report. Returns the exit code.
int evaluate_several(EvalOptions& options, const CLI::App& command);

// Throws invalid_argument if an option that only retrieval has was given.
void refuse_retrieval_options(const CLI::App& command);

}  // namespace sightline::cli
