// Cross-modal retrieval metrics: text -> image and image -> text.
//
// Definitions used throughout the library:
//   similarity   dot product of two unit vectors, summed in double in element order. A product of
//                two f32 values is exact in double, so all machines and all block sizes produce
//                the same bits, and equal vectors have equal similarities.
//   relevant     a candidate that is a correct answer to the query. There are two definitions:
//     strict               text -> image: the text's own image. image -> text: any of the image's
//                          own captions; the best one is ranked, and the others do not count as
//                          non-relevant.
//     caption-equivalent   also every image that has a caption with the same text, and every
//                          caption whose text equals one of the image's own. A caption cannot
//                          distinguish between rows that share it, so this definition is fairer
//                          where captions repeat. The strict one is usually published.
//   rank         1 + the number of non-relevant candidates whose similarity is at least that of the
//                best relevant one. Ties therefore count against the model. A non-relevant NaN
//                ranks before the relevant candidate. If the relevant similarity is NaN, the rank
//                is candidates + 1, which is outside every cut-off.
//   score        number of queries with rank <= K.         accuracy   score / queries
//   weighted     sum over the queries of K points for rank 1, K-1 for rank 2, ..., 1 for rank K.
//   recall@k     share of queries with rank <= k: a query is a hit or a miss, never a fraction.
//   MRR          mean of 1 / rank (0 if the relevant similarity is NaN).
//   nDCG@10      with gain 1 for a relevant candidate and discount 1 / log2(position + 1): the sum
//                over the first ten positions, divided by the sum for an ideal ranking.
//   MAP          mean over the queries of the average precision: the precision at the position of
//                each relevant candidate, averaged over all relevant candidates (0 for a NaN).
//                For nDCG and MAP, the position of a relevant candidate is 1 + the number of
//                non-relevant candidates whose similarity is at least its own + the number of
//                relevant ones before it. They equal trec_eval's ndcg_cut_10 and map
//                (docs/formats/trec.md).
#pragma once

#include <sightline/index.h>
#include <sightline/matrix.h>
#include <sightline/progress.h>
#include <sightline/statistics.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sightline {

// The embeddings of one data set by one model, and which text belongs to which image.
struct RetrievalSet {
  Matrix images;                    // (N, D), unit length
  Matrix texts;                     // (M, D), unit length
  std::vector<int64_t> text_image;  // M: index of each text's own image, 0..N-1
  // M: texts with equal values are identical. Empty: all texts differ.
  std::vector<int64_t> text_identity;
};

// A histogram bin: the number of queries with a rank in first..last.
struct RankBin {
  int64_t first = 1, last = 1;
  int64_t count = 0;
};

// Metrics of one direction under one definition of relevant.
struct DirectionMetrics {
  int64_t queries = 0;     // texts, or images that have a text
  int64_t candidates = 0;  // compared with each query
  int top_k = 0;           // K
  int64_t score = 0;
  double accuracy = 0;  // 0..1; 0 without queries
  int64_t weighted_score = 0;
  int64_t weighted_score_max = 0;  // queries * K
  double recall_at_1 = 0;
  double recall_at_5 = 0;
  double recall_at_10 = 0;
  double mean_reciprocal_rank = 0;
  double ndcg_at_10 = 0;
  double mean_average_precision = 0;
  double median_rank = 0;  // mean of the two middle ranks if `queries` is even
  double mean_rank = 0;
  // Bins 1, 2, 3-5, 6-10, 11-20, 21-50, 51-100, ... up to the number of candidates; the same bins
  // for all models.
  std::vector<RankBin> rank_histogram;
  int64_t unranked = 0;  // queries whose relevant similarity is NaN
  // Accuracy at K = 1, 2, …, 50, or up to the number of candidates: element i is that at K = i + 1.
  std::vector<double> accuracy_at_k;
  // One per Metric, in enum order. Empty if no intervals were computed (StatisticsOptions).
  std::vector<Interval> intervals;
  // Of accuracy_at_k. Also empty for the queries of a split and for caption-equivalent metrics.
  std::vector<Interval> accuracy_at_k_intervals;
};

// The members of DirectionMetrics, for loops over all of them.
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
const char* metric_name(Metric metric);  // the key in results.json: "recall_at_1"
// Value and confidence interval of one metric; no interval if none was computed.
double metric_value(const DirectionMetrics& metrics, Metric metric);
std::optional<Interval> metric_interval(const DirectionMetrics& metrics, Metric metric);

struct SimilarityStats {
  int64_t count = 0;               // number of finite values
  double mean = 0, deviation = 0;  // deviation: population standard deviation
  double min = 0, median = 0, max = 0;
};

struct RetrievalMetrics {
  DirectionMetrics text_to_image;
  DirectionMetrics image_to_text;
  DirectionMetrics text_to_image_equivalent;  // caption-equivalent
  DirectionMetrics image_to_text_equivalent;
  SimilarityStats own_pairs;  // each text with its own image
};

// A direction and a definition of relevant: selects one DirectionMetrics.
enum class View {
  text_to_image,
  image_to_text,
  text_to_image_equivalent,
  image_to_text_equivalent
};
inline constexpr int kViewCount = 4;
const char* view_name(View view);  // the key in results.json: "text_to_image_caption_equivalent"
DirectionMetrics& metrics_of(RetrievalMetrics& metrics, View view);
const DirectionMetrics& metrics_of(const RetrievalMetrics& metrics, View view);

// Per-query gains, one element per query; 0 for an image without a text.
struct QueryGains {
  std::vector<double> average_precision;
  std::vector<double> ndcg_at_10;
};

// Ranks and gains of all queries, in both directions and under both definitions of relevant.
struct RetrievalRanks {
  std::vector<double> own_similarity;              // M: each text with its own image
  std::vector<int64_t> text_rank;                  // M, strict
  std::vector<int64_t> text_rank_equivalent;       // M
  std::vector<int64_t> image_rank;                 // N, strict; 0 for an image without a text
  std::vector<int64_t> image_rank_equivalent;      // N
  QueryGains text_gains, text_gains_equivalent;    // M
  QueryGains image_gains, image_gains_equivalent;  // N
};
const std::vector<int64_t>& ranks_of(const RetrievalRanks& ranks, View view);
const QueryGains& gains_of(const RetrievalRanks& ranks, View view);

// Compares all texts with all images in blocks; needs O(N + M) memory beyond the input. Uses all
// cores. `progress` counts queries of both directions; `stage` is its stage. Throws
// invalid_argument if sizes or indices do not match, and what `progress` throws.
RetrievalRanks rank_pairs(const RetrievalSet& set, const ProgressFn& progress = {},
                          const std::string& stage = "ranking");

// Computes all metrics from the ranks of one direction, without intervals.
//   ranks    one per query; 0: the query has no relevant candidate and is not counted
//   gains    per query, for nDCG and MAP. Without them, each query has one relevant candidate.
//   top_k    K >= 1; may exceed `candidates`. A rank above `candidates` is never a hit.
// Throws invalid_argument.
DirectionMetrics summarize_ranks(std::span<const int64_t> ranks, int64_t candidates, int top_k);
DirectionMetrics summarize_ranks(std::span<const int64_t> ranks, const QueryGains& gains,
                                 int64_t candidates, int top_k);

// Computes the metrics of all views, without intervals. Throws what summarize_ranks throws.
RetrievalMetrics summarize(const RetrievalSet& set, const RetrievalRanks& ranks, int top_k);

}  // namespace sightline
