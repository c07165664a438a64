// Several data sets: the retrieval experiment or a classification of every model on each of them,
// and free queries over the images of all.
//
//   sightline::OverviewOptions options;
//   options.experiment.models = {"models/emoji-vit-8", "models/emoji-rn"};
//   options.datasets = {{.path = "build/emoji"}, {.path = "build/drawings"}};
//   const sightline::Overview overview = sightline::run_overview(options);
#pragma once

#include <sightline/classification.h>
#include <sightline/deployment.h>
#include <sightline/error.h>
#include <sightline/experiment.h>
#include <sightline/search.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sightline {

struct DatasetResult {
  std::string name;  // of the data set's folder, made unique; a valid file name
  EvaluationInput input;
  ExperimentResult result;
  std::optional<Error> report_error = {};  // set by write_dataset_report
};

struct ClassifiedDataset {
  std::string name;  // as DatasetResult::name
  EvaluationInput input;
  ClassificationResult result;
  std::optional<Error> report_error = {};  // set by write_classified_report
};

struct OverviewOptions {
  // Models and settings for every data set; `input.dataset` is not used. With `trec`, each data set
  // has the folder trec->directory/NAME.
  ExperimentOptions experiment;
  std::vector<DatasetInput> datasets;  // at least one, of different paths
  // The data sets that are classified, by index in `datasets`; the others have captions.
  std::map<size_t, ClassificationTask> classified = {};
  // Called when a data set is measured, so that a later failure does not lose its result, as
  // write_dataset_report.
  std::function<void(DatasetResult&)> on_dataset = {};
  std::function<void(ClassifiedDataset&)> on_classified = {};  // likewise
};

// The hits of ExperimentOptions::queries for one model.
struct ModelSearch {
  std::string label;  // ModelResult::label
  SearchResult result;
};

struct Overview {
  // In input order; all with the same models in one order. At least one of either.
  std::vector<DatasetResult> datasets;
  std::vector<ClassifiedDataset> classified;
  // One per model; empty without queries. The collection has all images of all data sets: also
  // those of splits that were not evaluated.
  std::vector<ModelSearch> searches;
  std::vector<std::string> warnings;          // of the searches, one sentence each
  std::optional<Deployment> deployment = {};  // set by the caller; rows in the order of the models
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

// The labels of the models, in the order of all results.
std::vector<std::string> model_labels(const Overview& overview);

// Agreement of two data sets on the order of the models: Kendall's tau-b of R@1 (text -> image,
// strict), acc1 or mean average precision.
struct RankCorrelation {
  std::string a, b;    // names of the data sets
  int64_t models = 0;  // n
  // Pairs of models in the same and in opposite order; the remaining of the n (n - 1) / 2 pairs tie
  // in a data set.
  int64_t concordant = 0, discordant = 0;
  double tau = 0;  // NaN if all models tie in a data set
};

// One per pair of data sets: those with captions in order, then the classified ones. Empty for one
// model or one data set.
std::vector<RankCorrelation> rank_correlations(const Overview& overview);

// Kendall's tau-b of two lists of the same length, with the counts of pairs. Throws
// invalid_argument.
RankCorrelation kendall_tau(std::span<const double> a, std::span<const double> b);

// Queries that every model fails: captions whose own image has a rank above K (text -> image,
// strict), or images that are classified wrongly; none of a multi-label data set.
struct HardCase {
  int64_t index = 0;      // into ExperimentResult::text_row, or ClassificationResult::images
  int64_t best_rank = 0;  // over the models
};
struct HardCases {
  int64_t count = 0;            // of all hard cases
  std::vector<HardCase> worst;  // those with the largest best rank; equal ones in data set order
};
HardCases hard_cases(const ExperimentResult& result, size_t most);
HardCases hard_cases(const ClassificationResult& result, size_t most);

// Returns the names of DatasetResult, which are also those of the folders of a report. Throws
// invalid_argument for a data set that is given twice.
std::vector<std::string> overview_names(const std::vector<DatasetInput>& datasets);

}  // namespace sightline
