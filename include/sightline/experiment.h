// The retrieval experiment: data set x models -> ranks, figures, intervals and comparisons
// (metrics.h has the definitions).
#pragma once

#include <sightline/encode.h>
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

// Which data, encoded with which model settings.
struct EvaluationInput {
  DatasetInput dataset;
  ModelOptions model;    // an empty precision is chosen by the data set's first rows
  EncodeOptions encode;  // vectors are of unit length, whatever encode.normalize says
};

// Rankings and right answers as trec_eval reads them (docs/formats/trec.md).
struct TrecOptions {
  std::filesystem::path directory;  // made if missing
  int64_t depth = 1000;             // candidates of a query that are written; 0: all
};

struct ExperimentOptions {
  EvaluationInput input;
  std::vector<std::filesystem::path> models;  // at least one
  // Each model is measured in each of them, and compared with itself. An empty one is chosen by
  // data; an empty list means input.model.precision.
  std::vector<std::optional<Precision>> precisions;
  int top_k = 5;
  StatisticsOptions statistics;
  std::optional<TrecOptions> trec;
  CaptionChoice captions = CaptionChoice::all;
  std::vector<std::string> queries;  // texts to search with, for inspection
  NoiseOptions noise;                // the same experiment with noised captions; none by default
};

struct ExperimentRow {
  std::string id;
  std::string split;                  // as asked for, or the row's column "split"; may be empty
  std::vector<std::string> captions;  // that took part
};

struct FreeQuery {
  std::string text;
  std::vector<Hit> hits;  // index into the rows
};

enum class ExampleKind { best, median, worst };

// One caption and its hits, for inspection.
struct ExampleRow {
  ExampleKind kind = ExampleKind::best;
  int64_t text = 0;       // index into text_row
  int64_t rank = 0;       // of its own image, strict
  double similarity = 0;  // with its own image
  std::vector<Hit> hits;  // the caption's top K; index into the rows
};

struct ModelResult {
  std::string label;  // the model's name, made unique where two share it
  ModelInfo info;
  std::string preprocess;  // PreprocessSpec::describe()
  Computation computation;
  std::string precision_choice;  // where the precision was chosen by data: PrecisionChoice::text()
  EncodeCounts counts;
  RetrievalRanks ranks;
  RetrievalMetrics metrics;
  // Queries of one split, ranked among all candidates of the experiment. Empty for one split only.
  std::map<std::string, RetrievalMetrics> by_split;
  std::vector<FreeQuery> queries;
  // Up to three captions of each kind, of different images: best (rank 1, most similar), median
  // (from the middle of all ranks) and worst (last rank, least similar; the worst first).
  std::vector<ExampleRow> examples;
  std::optional<Robustness> robustness;  // with NoiseOptions
};

// Whether two models differ in one figure by more than chance. Pairs of models, a before b.
struct MetricComparison {
  View view = View::text_to_image;
  Metric metric = Metric::accuracy;
  int a = 0, b = 0;                  // index of the models
  double difference = 0;             // figure of a - figure of b
  std::optional<Interval> interval;  // of the difference: paired bootstrap
  double p = 1;                      // paired permutation test, two-sided
  bool exact = false;                // every assignment of signs was tried
  double p_corrected = 1;            // Holm, over all pairs of this view and figure
};

struct ExperimentResult {
  std::filesystem::path dataset;
  std::string dataset_format;
  std::vector<std::string> splits;
  int top_k = 5;
  CaptionChoice caption_choice = CaptionChoice::all;
  NoiseOptions noise;
  // The rows that every model could encode: the same set for all of them.
  std::vector<ExperimentRow> rows;
  // Texts, row after row: index of the row and of the caption within it.
  std::vector<int64_t> text_row;
  std::vector<int64_t> text_caption;
  std::vector<ModelResult> models;
  StatisticsOptions statistics;               // how intervals and tests were made
  int64_t clusters = 0;                       // images with a caption: what was resampled
  std::vector<MetricComparison> comparisons;  // by view, figure and pair; empty for one model
  std::vector<SkippedRow> skipped;            // rows that are not in `rows`, each once
  std::vector<std::string> warnings;
};

// Runs the experiment. Streams the data set once for each model and keeps embeddings and captions,
// never all images. A row that one model cannot encode is left out for all. Throws what opening the
// data set or a model throws; invalid_data where no row with a caption is left, or where the data
// set changed while the experiment ran; invalid_argument.
ExperimentResult run_experiment(const ExperimentOptions& options);

// Reads the images of some rows again. Returns their bytes by index into `rows`, without rows that
// no longer exist.
std::map<int64_t, std::vector<uint8_t>> read_images(const EvaluationInput& input,
                                                    std::span<const ExperimentRow> rows,
                                                    std::span<const int64_t> wanted);

}  // namespace sightline
