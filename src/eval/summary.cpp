// Metrics computed from ranks and similarities.
#include <sightline/error.h>
#include <sightline/metrics.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "eval/accuracy_curve.h"
#include "eval/rank_queries.h"

namespace sightline {
namespace {

// Median of ascending values: the mean of the two middle ones for an even count.
template <typename T>
double median_of_sorted(const std::vector<T>& values) {
  const size_t n = values.size();
  if (n == 0) return 0;
  return n % 2 == 1
             ? static_cast<double>(values[n / 2])
             : (static_cast<double>(values[n / 2 - 1]) + static_cast<double>(values[n / 2])) / 2;
}

SimilarityStats similarity_stats(const std::vector<double>& similarities) {
  std::vector<double> values;
  for (const double value : similarities) {
    if (std::isfinite(value)) values.push_back(value);
  }
  SimilarityStats stats;
  stats.count = static_cast<int64_t>(values.size());
  if (values.empty()) return stats;
  std::sort(values.begin(), values.end());
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  stats.mean = sum / static_cast<double>(values.size());
  for (const double value : values) squares += (value - stats.mean) * (value - stats.mean);
  stats.deviation = std::sqrt(squares / static_cast<double>(values.size()));
  stats.min = values.front();
  stats.max = values.back();
  stats.median = median_of_sorted(values);
  return stats;
}

// Returns empty bins 1, 2, 3-5, 6-10, 11-20, 21-50, ... up to the number of candidates.
std::vector<RankBin> rank_bins(int64_t candidates) {
  std::vector<RankBin> bins;
  int64_t first = 1, last = 1;
  for (int step = 0; first <= candidates; ++step) {
    bins.push_back({first, std::min(last, candidates), 0});
    if (last >= candidates) break;
    first = last + 1;
    const int64_t factor_5_2 = last > candidates / 2 ? candidates : last / 2 * 5;  // no overflow
    const int64_t factor_2 = last > candidates / 2 ? candidates : last * 2;
    last = step % 3 == 1 ? factor_5_2 : factor_2;  // 1 2 5 10 20 50 ...
  }
  return bins;
}

void count_in_bins(const std::vector<int64_t>& sorted_ranks, DirectionMetrics& m) {
  m.rank_histogram = rank_bins(m.candidates);
  auto bin = m.rank_histogram.begin();
  for (const int64_t rank : sorted_ranks) {
    while (bin != m.rank_histogram.end() && rank > bin->last) ++bin;
    if (bin == m.rank_histogram.end()) {
      ++m.unranked;
    } else {
      ++bin->count;
    }
  }
}

// Gains of queries with one relevant candidate each, from their ranks.
QueryGains gains_of_single_answers(std::span<const int64_t> ranks, int64_t candidates) {
  QueryGains gains;
  for (const int64_t rank : ranks) {
    const bool ranked = rank > 0 && rank <= candidates;
    const std::span<const int64_t> positions(&rank, ranked ? 1 : 0);
    gains.average_precision.push_back(average_precision(positions, 1));
    gains.ndcg_at_10.push_back(ndcg_at_10(positions, 1));
  }
  return gains;
}

}  // namespace

DirectionMetrics summarize_ranks(std::span<const int64_t> ranks, int64_t candidates, int top_k) {
  return summarize_ranks(ranks, gains_of_single_answers(ranks, candidates), candidates, top_k);
}

DirectionMetrics summarize_ranks(std::span<const int64_t> ranks, const QueryGains& gains,
                                 int64_t candidates, int top_k) {
  if (top_k < 1) {
    throw Error(ErrorCode::invalid_argument, "top-k must be at least 1, found ", top_k);
  }
  if (gains.average_precision.size() != ranks.size() || gains.ndcg_at_10.size() != ranks.size()) {
    throw Error(ErrorCode::invalid_argument, ranks.size(),
                " ranks need as many average precisions and nDCG values, found ",
                gains.average_precision.size(), " and ", gains.ndcg_at_10.size());
  }
  DirectionMetrics m;
  m.candidates = candidates;
  m.top_k = top_k;
  m.accuracy_at_k = accuracy_at_k(ranks, candidates);
  std::vector<int64_t> counted_ranks;
  int64_t hits_1 = 0, hits_5 = 0, hits_10 = 0;
  double reciprocal = 0, sum = 0, precision = 0, gain = 0;
  for (size_t q = 0; q < ranks.size(); ++q) {
    const int64_t rank = ranks[q];
    if (rank <= 0) continue;
    counted_ranks.push_back(rank);
    sum += static_cast<double>(rank);
    precision += gains.average_precision[q];
    gain += gains.ndcg_at_10[q];
    if (rank > candidates) continue;  // NaN: never a hit, whatever K is
    reciprocal += 1.0 / static_cast<double>(rank);
    hits_1 += rank <= 1;
    hits_5 += rank <= 5;
    hits_10 += rank <= 10;
    if (rank <= top_k) {
      ++m.score;
      m.weighted_score += int64_t{top_k} + 1 - rank;
    }
  }
  std::sort(counted_ranks.begin(), counted_ranks.end());
  count_in_bins(counted_ranks, m);
  m.queries = static_cast<int64_t>(counted_ranks.size());
  m.weighted_score_max = m.queries * top_k;
  if (m.queries == 0) return m;
  const auto n = static_cast<double>(m.queries);
  m.accuracy = static_cast<double>(m.score) / n;
  m.recall_at_1 = static_cast<double>(hits_1) / n;
  m.recall_at_5 = static_cast<double>(hits_5) / n;
  m.recall_at_10 = static_cast<double>(hits_10) / n;
  m.mean_reciprocal_rank = reciprocal / n;
  m.ndcg_at_10 = gain / n;
  m.mean_average_precision = precision / n;
  m.mean_rank = sum / n;
  m.median_rank = median_of_sorted(counted_ranks);
  return m;
}

RetrievalMetrics summarize(const RetrievalSet& set, const RetrievalRanks& ranks, int top_k) {
  RetrievalMetrics m;
  for (int v = 0; v < kViewCount; ++v) {
    const auto view = static_cast<View>(v);
    const bool text_queries = view == View::text_to_image || view == View::text_to_image_equivalent;
    const int64_t candidates = text_queries ? set.images.rows : set.texts.rows;
    metrics_of(m, view) =
        summarize_ranks(ranks_of(ranks, view), gains_of(ranks, view), candidates, top_k);
  }
  m.own_pairs = similarity_stats(ranks.own_similarity);
  return m;
}

}  // namespace sightline
