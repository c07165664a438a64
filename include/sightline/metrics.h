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

#include <sightline/index.h>
#include <sightline/matrix.h>
#include <sightline/statistics.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sightline {

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

}  // namespace sightline
