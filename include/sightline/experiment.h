// The retrieval experiment: ranks, metrics, intervals and comparisons of several models on one data
// set. metrics.h defines the metrics.
#pragma once

#include <sightline/configuration.h>
#include <sightline/encode.h>
#include <sightline/failures.h>
#include <sightline/metrics.h>
#include <sightline/model.h>
#include <sightline/robustness.h>
#include <sightline/rows.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sightline {

enum class CaptionChoice { all, first };

// The data set, and the settings to load models and to encode with.
struct EvaluationInput {
  DatasetInput dataset;
  ModelOptions model;    // an empty precision is chosen on the data set's first rows
  EncodeOptions encode;  // `normalize` is ignored: vectors always have unit length
};

// Output of rankings and relevance judgements in trec_eval's formats (docs/formats/trec.md).
struct TrecOptions {
  std::filesystem::path directory;  // created if missing
  int64_t depth = 1000;             // candidates written per query; 0: all
};

struct ExperimentOptions {
  EvaluationInput input;
  // At least one, each as Model::load reads it; "NAME=PATH" labels the model NAME.
  std::vector<std::filesystem::path> models;
  // Each model is evaluated in each of these precisions, and the results are compared. An empty
  // element is chosen on data; an empty list means input.model.precision.
  std::vector<std::optional<Precision>> precisions;
  int top_k = 5;
  StatisticsOptions statistics;
  std::optional<TrecOptions> trec;
  CaptionChoice captions = CaptionChoice::all;
  std::vector<std::string> queries;  // additional texts to search with, for inspection
  NoiseOptions noise;                // repeats the experiment with noisy captions; default: none
  // Settings of the search that is evaluated, for all models. Templates and expansion concern texts
  // as queries, not as candidates, except that templates also hold for captions that images search
  // for.
  std::vector<std::string> templates = {};
  ExpansionOptions expansion = {};
  FusionOptions fusion = {};
  FailureOptions failures = {};
};

struct ExperimentRow {
  std::string id;
  std::string split;                     // Row::split; may be empty
  std::vector<std::string> captions;     // the captions used
  std::vector<std::string> fields = {};  // one per ExperimentResult::columns; empty without columns
};

// One of ExperimentOptions::queries and its hits.
struct FreeQuery {
  std::string text;
  std::vector<Hit> hits;  // Hit::index: index into ExperimentResult::rows
};

enum class ExampleKind { best, median, worst };

// A caption used as a query and its hits, for inspection.
struct ExampleRow {
  ExampleKind kind = ExampleKind::best;
  int64_t text = 0;       // index into ExperimentResult::text_row
  int64_t rank = 0;       // strict rank of its own image
  double similarity = 0;  // to its own image
  std::vector<Hit> hits;  // the caption's top K; Hit::index: index into ExperimentResult::rows
};

struct ModelResult {
  // The model's name; if several models share it, "PARENT/NAME", or "NAME (2)" for one path.
  std::string label;
  ModelInfo info;
  std::string preprocess;  // PreprocessSpec::describe()
  Computation computation;
  std::string precision_choice;  // PrecisionChoice::text(); empty if the precision was given
  EncodeCounts counts;
  RetrievalRanks ranks;
  RetrievalMetrics metrics;
  // Metrics of the queries of each split, ranked among all candidates of the experiment. Empty if
  // there is only one split.
  std::map<std::string, RetrievalMetrics> by_split;
  std::vector<FreeQuery> queries;
  // Up to three captions of each kind, of different images: best (rank 1, most similar), median
  // (from the middle of all ranks) and worst (last rank, least similar; the worst first).
  std::vector<ExampleRow> examples;
  std::optional<Robustness> robustness;  // only if ExperimentOptions::noise has kinds
  FailureReport failures;
};

// A significance test for the difference of two models in one metric.
struct MetricComparison {
  View view = View::text_to_image;
  Metric metric = Metric::accuracy;
  int a = 0, b = 0;                  // indices into ExperimentResult::models, a < b
  double difference = 0;             // metric of a - metric of b
  std::optional<Interval> interval;  // of the difference: paired bootstrap
  double p = 1;                      // two-sided paired permutation test
  bool exact = false;                // all sign assignments were enumerated
  double p_corrected = 1;            // Holm's correction over all pairs of this view and metric
};

struct ExperimentResult {
  std::filesystem::path dataset;
  std::string dataset_format;
  std::vector<std::string> splits;
  int top_k = 5;
  CaptionChoice caption_choice = CaptionChoice::all;
  NoiseOptions noise;
  std::vector<std::string>
      columns;  // of Row::extra without "split", sorted; see ExperimentRow::fields
  std::vector<ExperimentRow> rows;  // the rows that every model could encode
  // Per text, row by row: index of its row, and of the caption within that row.
  std::vector<int64_t> text_row;
  std::vector<int64_t> text_caption;
  std::vector<ModelResult> models;
  StatisticsOptions statistics;               // settings of intervals and tests
  int64_t clusters = 0;                       // resampled units: images with a caption
  std::vector<MetricComparison> comparisons;  // by view, metric and pair; empty for one model
  std::vector<SkippedRow> skipped;            // rows that are not in `rows`, each once
  int64_t repeated_rows = 0;  // rows that repeat an image; their captions are in its row
  std::vector<std::string> warnings;
  FailureOptions failures;        // settings of the failure report
  std::optional<QueryBank> bank;  // of corrections that need one
};

// Returns the number of images without a caption, which are candidates but not queries.
int64_t images_without_caption(const ExperimentResult& result);

// A difference between two models is significant if its corrected p is below this level.
inline constexpr double kSignificanceLevel = 0.05;

inline bool is_significant(const MetricComparison& comparison) {
  return comparison.p_corrected < kSignificanceLevel;
}

// Returns the models that the tests of one view and metric support as best, as ascending indices
// into `result.models`:
//   one index     the model with the best value; it is significantly better than every other
//   several       the model or models with the best value, and every model that is not
//                 significantly worse than these; each remaining model is significantly worse
//   empty         no difference from the best value is significant, or is_tested() is false
// Rationale: docs/decisions/0043-best-models.md.
std::vector<int> best_models(const ExperimentResult& result, View view, Metric metric);

// Whether `comparisons` has tests of the metric, or of one with the same value for every query:
// score has those of accuracy; so has recall at rank K; MAP has those of MRR where each query has
// one relevant candidate (strict; image -> text only with one caption per image).
bool is_tested(const ExperimentResult& result, View view, Metric metric);

// Runs the experiment. Streams the data set once per model and keeps embeddings and captions, never
// all images. A row that one model cannot encode is excluded for all models. Throws what opening
// the data set or a model throws; invalid_data if no row with a caption is left, or if the data set
// changed during the experiment; invalid_argument.
ExperimentResult run_experiment(const ExperimentOptions& options);

// Reads images again. `wanted`: indices into `rows`. Returns the encoded bytes by index; rows that
// no longer exist are omitted.
std::map<int64_t, std::vector<uint8_t>> read_images(const EvaluationInput& input,
                                                    std::span<const ExperimentRow> rows,
                                                    std::span<const int64_t> wanted);

}  // namespace sightline
