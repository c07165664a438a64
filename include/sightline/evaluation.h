// Retrieval, measured: how often a text finds its own image, and an image its own text.
//
// Definitions, which hold everywhere in this library:
//   similarity   dot product of two unit vectors, summed in double in the order of the components.
//                A product of two f32 is exact in double, so every machine and every block size
//                gives the same bits, and equal vectors give equal similarities.
//   rank         1 + the number of wrong candidates whose similarity is not below that of the best
//                right one. Ties therefore count against the model, and so does anything that is
//                not a number: a NaN among the wrong ones ranks before the right one, and where
//                the right one is NaN the rank is (candidates + 1), which no cut-off counts.
//   score        the number of queries with rank <= K.         accuracy   score / queries
//   weighted     K points for rank 1, K-1 for rank 2, … 1 for rank K, added up.
//   recall@k     the share of queries with rank <= k (a hit or a miss, never a fraction).
//   MRR          mean of 1 / rank (0 where the right one is NaN).
//   nDCG@10      with gain 1 for a right candidate and discount 1 / log2(position + 1): the sum
//   over
//                the first ten positions, divided by that of the best possible order.
//   MAP          mean over the queries of the average precision: for each right candidate the share
//                of right ones up to its position, averaged over all right ones (0 for a NaN).
//                In both, a right candidate's position counts the wrong ones whose similarity is
//                not below its own, and the right ones before it. trec_eval's map and ndcg_cut_10
//                are the same figures (docs/formats/trec.md).
//   strict       right is the row's own image (text -> image), or any of the image's own
//                captions (image -> text; the best of them is ranked, the others do not count
//                as wrong).
//   caption-equivalent   right is also every image that has a caption of the very same text, and
//                every caption whose text equals one of the image's own. Two rows with one
//                caption cannot be told apart by it, so this is the fairer figure where captions
//                repeat; the strict one is what is usually published.
#pragma once

#include <sightline/dataset.h>
#include <sightline/index.h>
#include <sightline/matrix.h>
#include <sightline/model.h>
#include <sightline/progress.h>
#include <sightline/robustness.h>
#include <sightline/statistics.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sightline {

// --- figures from embeddings ------------------------------------------------------------------

// One data set as one model sees it.
struct RetrievalSet {
  Matrix images;                    // (N, D), unit length
  Matrix texts;                     // (M, D), unit length
  std::vector<int64_t> text_image;  // M: for each text the index of its own image, 0..N-1
  // M, or empty: texts with one number have the very same words. Empty: all differ.
  std::vector<int64_t> text_identity;
};

// Queries whose rank is first..last.
struct RankBin {
  int64_t first = 1, last = 1;
  int64_t count = 0;
};

// Ranks of one direction and the figures made of them.
struct DirectionMetrics {
  int64_t queries = 0;     // that were asked: texts, or images that have a text
  int64_t candidates = 0;  // that each was compared with
  int top_k = 0;           // K
  int64_t score = 0;
  double accuracy = 0;  // 0..1; 0 where nothing was asked
  int64_t weighted_score = 0;
  int64_t weighted_score_max = 0;  // queries * K
  double recall_at_1 = 0;
  double recall_at_5 = 0;
  double recall_at_10 = 0;
  double mean_reciprocal_rank = 0;
  double ndcg_at_10 = 0;
  double mean_average_precision = 0;
  double median_rank = 0;  // mean of the two middle ones where queries is even
  double mean_rank = 0;
  // 1, 2, 3-5, 6-10, 11-20, 21-50, 51-100 … up to the number of candidates: the bins are the same
  // for all models. `unranked`: queries whose right one is not a number.
  std::vector<RankBin> rank_histogram;
  int64_t unranked = 0;
  // One for each Metric, in its order; empty where none were computed (StatisticsOptions).
  std::vector<Interval> intervals;
};

// The figures of a direction, by number: for tables, intervals and comparisons.
enum class Metric {
  score,
  accuracy,
  weighted_score,
  recall_at_1,
  recall_at_5,
  recall_at_10,
  mean_reciprocal_rank,
  ndcg_at_10,
  mean_average_precision,
  median_rank,
  mean_rank
};
inline constexpr int kMetricCount = 11;
const char* metric_name(Metric metric);  // as results.json spells it: "recall_at_1"
double metric_value(const DirectionMetrics& metrics, Metric metric);
std::optional<Interval> metric_interval(const DirectionMetrics& metrics, Metric metric);

struct SimilarityStats {
  int64_t count = 0;               // of finite values
  double mean = 0, deviation = 0;  // standard deviation of the population
  double min = 0, median = 0, max = 0;
};

struct RetrievalMetrics {
  DirectionMetrics text_to_image;
  DirectionMetrics image_to_text;
  DirectionMetrics text_to_image_equivalent;  // caption-equivalent
  DirectionMetrics image_to_text_equivalent;
  SimilarityStats own_pairs;
};

// Which queries are asked, and what counts as right: one DirectionMetrics for each.
enum class View {
  text_to_image,
  image_to_text,
  text_to_image_equivalent,
  image_to_text_equivalent
};
inline constexpr int kViewCount = 4;
const char* view_name(View view);  // "text_to_image_caption_equivalent"
DirectionMetrics& metrics_of(RetrievalMetrics& metrics, View view);
const DirectionMetrics& metrics_of(const RetrievalMetrics& metrics, View view);

// Of each query; 0 where none was asked.
struct QueryGains {
  std::vector<double> average_precision;
  std::vector<double> ndcg_at_10;
};

struct RetrievalRanks {
  std::vector<double> own_similarity;  // M: each text with its own image
  std::vector<int64_t> text_rank;      // M, strict
  std::vector<int64_t> text_rank_equivalent;
  std::vector<int64_t> image_rank;  // N, strict; 0 for an image without a text (not asked)
  std::vector<int64_t> image_rank_equivalent;
  QueryGains text_gains, text_gains_equivalent;    // M
  QueryGains image_gains, image_gains_equivalent;  // N
};
const std::vector<int64_t>& ranks_of(const RetrievalRanks& ranks, View view);
const QueryGains& gains_of(const RetrievalRanks& ranks, View view);

// Compares everything with everything, in blocks: memory stays O(N + M) beside the input. Uses all
// cores. Throws invalid_argument where sizes or indices do not fit.
RetrievalRanks rank_pairs(const RetrievalSet& set);

// Figures of ranks (0 means not asked). candidates bounds what a hit may be; K >= 1, and may be
// larger than candidates. nDCG and MAP are those of the gains; without them, of queries that have
// one right candidate each. No intervals. Throws invalid_argument.
DirectionMetrics summarize_ranks(std::span<const int64_t> ranks, int64_t candidates, int top_k);
DirectionMetrics summarize_ranks(std::span<const int64_t> ranks, const QueryGains& gains,
                                 int64_t candidates, int top_k);

// All figures of a set. No intervals.
RetrievalMetrics summarize(const RetrievalSet& set, const RetrievalRanks& ranks, int top_k);

// The k best rows of `candidates` for every row of `queries`, best first, of equals the lower index
// first; NaN never. Fewer than k where there are fewer candidates. Throws invalid_argument.
std::vector<std::vector<Hit>> top_k(const Matrix& queries, const Matrix& candidates, int k);

// --- the experiment ---------------------------------------------------------------------------

enum class CaptionChoice { all, first };

// Which data, through which model settings. Shared by run_experiment and run_queries.
struct EvaluationInput {
  std::filesystem::path dataset;
  DatasetOptions dataset_options;   // its `split` is set from `splits`
  std::vector<std::string> splits;  // empty: every row; several: one after the other
  std::string backend = "onednn";
  // ModelOptions::precision, or "auto": choose_precision by the data set's first rows.
  std::string precision = "fp32";
  DecodeProfile decode = DecodeProfile::exact;  // of JPEG files
  int batch_size = 32;
  // Where embeddings are kept between runs (docs/formats/embedding_cache.md); none: nowhere.
  std::optional<std::filesystem::path> cache;
  ProgressFn progress;
};

// Rankings and right answers as trec_eval reads them (docs/formats/trec.md).
struct TrecOptions {
  std::filesystem::path directory;  // made if missing
  int64_t depth = 1000;             // candidates of a query that are written; 0: all
};

struct ExperimentOptions {
  EvaluationInput input;
  std::vector<std::filesystem::path> models;  // at least one
  // Each model is measured in each of them, and compared with itself; empty: in input.precision.
  std::vector<std::string> precisions;
  int top_k = 5;
  StatisticsOptions statistics;
  std::optional<TrecOptions> trec;
  CaptionChoice captions = CaptionChoice::all;
  std::vector<std::string> queries;  // free texts to search with, for a look by eye
  NoiseOptions noise;                // the same with captions made worse; nothing by default
};

struct ExperimentRow {
  std::string id;
  std::string split;                  // as asked for, or the row's column "split"; may be empty
  std::vector<std::string> captions;  // that took part
};

struct ExperimentSkip {
  std::string id;
  std::string reason;
};

struct EncodeCounts {
  int64_t encoded_images = 0, cached_images = 0;
  int64_t encoded_texts = 0, cached_texts = 0;
  double seconds = 0;  // reading, hashing, looking up and encoding
};

struct FreeQuery {
  std::string text;
  std::vector<Hit> hits;  // index into the rows
};

enum class ExampleKind { best, median, worst };

// One caption, for a look by eye.
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
  std::string backend;
  std::string precision;         // that was computed in
  std::string precision_choice;  // where it was "auto": PrecisionChoice::text()
  EncodeCounts counts;
  RetrievalRanks ranks;
  RetrievalMetrics metrics;
  // Queries of one split, ranked among all candidates of the experiment. Empty for one split only.
  std::map<std::string, RetrievalMetrics> by_split;
  std::vector<FreeQuery> queries;
  // Up to three captions of each kind, of different images: best (rank 1, most similar), median
  // (from the middle of all ranks) and worst (last rank, least similar; the worst first).
  std::vector<ExampleRow> examples;
  std::optional<Robustness> robustness;  // where noise was asked for
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
  std::string dataset_kind;
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
  std::vector<ExperimentSkip> skipped;        // rows that are not in `rows`, each once
  std::vector<std::string> warnings;
};

// Streams the data set once a model, keeping embeddings and captions, never all images. A row
// that one model cannot encode is left out for all. Throws Error: what opening the data set or a
// model throws; invalid_data where no row with a caption is left, or where an image changed while
// the experiment ran; invalid_argument.
ExperimentResult run_experiment(const ExperimentOptions& options);

struct QueryOptions {
  EvaluationInput input;
  std::filesystem::path model;
  std::vector<std::string> texts;
  int top_k = 5;
};

struct QueryResult {
  ModelInfo model;
  std::string precision, precision_choice;  // as in ModelResult
  std::string dataset_kind;
  std::vector<ExperimentRow> rows;
  std::vector<FreeQuery> queries;
  EncodeCounts counts;
  std::vector<ExperimentSkip> skipped;
  std::vector<std::string> warnings;
};

// The images of a data set that are nearest to each text.
QueryResult run_queries(const QueryOptions& options);

// Reads the images of some rows again: bytes by index into `rows`. A row that is no longer there
// is left out of the result.
std::map<int64_t, std::vector<uint8_t>> read_images(const EvaluationInput& input,
                                                    std::span<const ExperimentRow> rows,
                                                    std::span<const int64_t> wanted);

}  // namespace sightline
