// eval --task classification: options, and tables of results.
#pragma once

#include <sightline/classification.h>
#include <sightline/overview.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

namespace sightline::cli {

struct ClassificationFlags {
  std::string task = "retrieval";
  std::string label_column;
  std::filesystem::path class_names, templates;
};

void add_classification_options(CLI::App& command, ClassificationFlags& flags);

// Whether a data set is classified. Reads its first row for the task auto.
bool is_classified(const ClassificationFlags& flags, const DatasetInput& dataset);

// The task of a data set of this name, by which files of several data sets are read.
ClassificationTask task_of(const ClassificationFlags& flags, const std::string& dataset);

// Prints the metrics of each model, and the tests.
void print_classification(const ClassificationResult& result);

// Prints the metrics of every model on every classified data set.
void print_classified_matrix(const Overview& overview);

}  // namespace sightline::cli
