// The retrieval experiment on several data sets: every model on each of them, and free queries over
// the images of all.
//
//   sightline::OverviewOptions options;
//   options.experiment.models = {"models/emoji-vit-8", "models/emoji-rn"};
//   options.datasets = {{.path = "build/emoji"}, {.path = "build/drawings"}};
//   const sightline::Overview overview = sightline::run_overview(options);
#pragma once

#include <sightline/error.h>
#include <sightline/experiment.h>
#include <sightline/search.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sightline {

struct DatasetResult {
  std::string name;  // of the data set's folder, made unique; a valid file name
  EvaluationInput input;
  ExperimentResult result;
  std::optional<Error> report_error = {};  // set by write_dataset_report
};

struct OverviewOptions {
  // Models and settings for every data set; `input.dataset` is not used. With `trec`, each data set
  // has the folder trec->directory/NAME.
  ExperimentOptions experiment;
  std::vector<DatasetInput> datasets;  // at least one, of different paths
  // Called when a data set is measured, so that a later failure does not lose its result, as
  // write_dataset_report.
  std::function<void(DatasetResult&)> on_dataset = {};
};

// The hits of ExperimentOptions::queries for one model.
struct ModelSearch {
  std::string label;  // ModelResult::label
  SearchResult result;
};

struct Overview {
  std::vector<DatasetResult> datasets;  // in input order; all with the same models in one order
  // One per model; empty without queries. The collection has all images of all data sets: also
  // those of splits that were not evaluated.
  std::vector<ModelSearch> searches;
  std::vector<std::string> warnings;  // of the searches, one sentence each
};

// Runs the experiment on each data set, one after the other, then the queries. Every model is
// loaded for each data set, and again for the queries; without a cache, its images are encoded
// again for them. A precision that is chosen on data is chosen for each data set, and the queries
// use that of the first one. First reads each data set up to an image that can be decoded and has a
// caption. Throws what run_experiment and `on_dataset` throw; invalid_argument without a data set,
// and for a data set that is given twice.
Overview run_overview(const OverviewOptions& options);

// The metrics that an overview compares: score, accuracy at K unless it equals one of the recalls,
// R@1, R@5, R@10, MRR, median rank.
std::vector<Metric> main_metrics(int top_k);

// Returns the names of DatasetResult, which are also those of the folders of a report. Throws
// invalid_argument for a data set that is given twice.
std::vector<std::string> overview_names(const std::vector<DatasetInput>& datasets);

}  // namespace sightline
