// Retrieval, measured: how often a text finds its own picture, and a picture its own text.
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
//   strict       right is the row's own picture (text -> picture), or any of the picture's own
//                captions (picture -> text; the best of them is ranked, the others do not count
//                as wrong).
//   caption-equivalent   right is also every picture that has a caption of the very same text, and
//                every caption whose text equals one of the picture's own. Two rows with one
//                caption cannot be told apart by it, so this is the fairer figure where captions
//                repeat; the strict one is what is usually published.
#pragma once

#include <sightline/dataset.h>
#include <sightline/matrix.h>
#include <sightline/model.h>
#include <sightline/progress.h>
#include <sightline/robustness.h>

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
  Matrix images;                       // (N, D), unit length
  Matrix texts;                        // (M, D), unit length
  std::vector<int64_t> text_image;     // M: for each text the index of its own picture, 0..N-1
  // M, or empty: texts with one number have the very same words. Empty: all differ.
  std::vector<int64_t> text_identity;
};

// Ranks of one direction and the figures made of them.
struct DirectionMetrics {
  int64_t queries = 0;                 // that were asked: texts, or pictures that have a text
  int64_t candidates = 0;              // that each was compared with
  int top_k = 0;                       // K
  int64_t score = 0;
  double accuracy = 0;                 // 0..1; 0 where nothing was asked
  int64_t weighted_score = 0;
  int64_t weighted_score_max = 0;      // queries * K
  double recall_at_1 = 0;
  double recall_at_5 = 0;
  double recall_at_10 = 0;
  double mean_reciprocal_rank = 0;
  double median_rank = 0;              // mean of the two middle ones where queries is even
  double mean_rank = 0;
};

struct SimilarityStats {
  int64_t count = 0;                   // of finite values
  double mean = 0, deviation = 0;      // standard deviation of the population
  double min = 0, median = 0, max = 0;
};

struct RetrievalMetrics {
  DirectionMetrics text_to_image;
  DirectionMetrics image_to_text;
  DirectionMetrics text_to_image_equivalent;   // caption-equivalent
  DirectionMetrics image_to_text_equivalent;
  SimilarityStats own_pairs;
};

struct RetrievalRanks {
  std::vector<double> own_similarity;  // M: each text with its own picture
  std::vector<int64_t> text_rank;      // M, strict
  std::vector<int64_t> text_rank_equivalent;
  std::vector<int64_t> image_rank;     // N, strict; 0 for a picture without a text (not asked)
  std::vector<int64_t> image_rank_equivalent;
};

// Compares everything with everything, in blocks: memory stays O(N + M) beside the input. Uses all
// cores. Throws invalid_argument where sizes or indices do not fit.
RetrievalRanks rank_pairs(const RetrievalSet& set);

// Figures of ranks (0 means not asked). candidates bounds what a hit may be; K >= 1, and may be
// larger than candidates. Throws invalid_argument.
DirectionMetrics summarize_ranks(std::span<const int64_t> ranks, int64_t candidates, int top_k);

// All figures of a set.
RetrievalMetrics summarize(const RetrievalSet& set, const RetrievalRanks& ranks, int top_k);

struct Hit {
  int64_t index = 0;
  double similarity = 0;
};

// The k best rows of `candidates` for every row of `queries`, best first, of equals the lower index
// first; NaN never. Fewer than k where there are fewer candidates. Throws invalid_argument.
std::vector<std::vector<Hit>> top_k(const Matrix& queries, const Matrix& candidates, int k);

// --- the experiment ---------------------------------------------------------------------------

enum class CaptionChoice { all, first };

// Which data, through which model settings. Shared by run_experiment and run_queries.
struct EvaluationInput {
  std::filesystem::path dataset;
  DatasetOptions dataset_options;      // its `split` is set from `splits`
  std::vector<std::string> splits;     // empty: every row; several: one after the other
  std::string backend = "onednn";
  std::string precision = "fp32";
  int batch_size = 32;
  // Where embeddings are kept between runs (docs/formats/embedding_cache.md); none: nowhere.
  std::optional<std::filesystem::path> cache;
  ProgressFn progress;
};

struct ExperimentOptions {
  EvaluationInput input;
  std::vector<std::filesystem::path> models;   // at least one
  int top_k = 5;
  CaptionChoice captions = CaptionChoice::all;
  std::vector<std::string> queries;    // free texts to search with, for a look by eye
  NoiseOptions noise;                  // the same with captions made worse; nothing by default
};

struct ExperimentRow {
  std::string id;
  std::string split;                   // as asked for, or the row's column "split"; may be empty
  std::vector<std::string> captions;   // that took part
};

struct ExperimentSkip {
  std::string id;
  std::string reason;
};

struct EncodeCounts {
  int64_t encoded_images = 0, cached_images = 0;
  int64_t encoded_texts = 0, cached_texts = 0;
  double seconds = 0;                  // reading, hashing, looking up and encoding
};

struct FreeQuery {
  std::string text;
  std::vector<Hit> hits;               // index into the rows
};

enum class ExampleKind { best, median, worst };

// One caption, for a look by eye.
struct ExampleRow {
  ExampleKind kind = ExampleKind::best;
  int64_t text = 0;                    // index into text_row
  int64_t rank = 0;                    // of its own picture, strict
  double similarity = 0;               // with its own picture
  std::vector<Hit> hits;               // the caption's top K; index into the rows
};

struct ModelResult {
  std::string label;                   // the model's name, made unique where two share it
  ModelInfo info;
  std::string preprocess;              // PreprocessSpec::describe()
  std::string backend;
  std::string precision;
  EncodeCounts counts;
  RetrievalRanks ranks;
  RetrievalMetrics metrics;
  // Queries of one split, ranked among all candidates of the experiment. Empty for one split only.
  std::map<std::string, RetrievalMetrics> by_split;
  std::vector<FreeQuery> queries;
  // Up to three captions of each kind, of different pictures: best (rank 1, most similar), median
  // (from the middle of all ranks) and worst (last rank, least similar; the worst first).
  std::vector<ExampleRow> examples;
  std::optional<Robustness> robustness;   // where noise was asked for
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
  std::vector<ExperimentSkip> skipped;   // rows that are not in `rows`, each once
  std::vector<std::string> warnings;
};

// Streams the data set once a model, keeping embeddings and captions, never all pictures. A row
// that one model cannot encode is left out for all. Throws Error: what opening the data set or a
// model throws; invalid_data where no row with a caption is left, or where a picture changed while
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
  std::string dataset_kind;
  std::vector<ExperimentRow> rows;
  std::vector<FreeQuery> queries;
  EncodeCounts counts;
  std::vector<ExperimentSkip> skipped;
  std::vector<std::string> warnings;
};

// The pictures of a data set that are nearest to each text.
QueryResult run_queries(const QueryOptions& options);

// Reads the pictures of some rows again: bytes by index into `rows`. A row that is no longer there
// is left out of the result.
std::map<int64_t, std::vector<uint8_t>> read_pictures(const EvaluationInput& input,
                                                      std::span<const ExperimentRow> rows,
                                                      std::span<const int64_t> wanted);

}  // namespace sightline
