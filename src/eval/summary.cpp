// Figures made of ranks and similarities.
#include <sightline/error.h>
#include <sightline/evaluation.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace sightline {
namespace {

// Of ascending values; the mean of the two middle ones where their number is even.
template <typename T>
double median_of_sorted(const std::vector<T>& values) {
  const size_t n = values.size();
  if (n == 0) return 0;
  return n % 2 == 1 ? static_cast<double>(values[n / 2])
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

}  // namespace

DirectionMetrics summarize_ranks(std::span<const int64_t> ranks, int64_t candidates, int top_k) {
  if (top_k < 1) {
    throw Error(ErrorCode::invalid_argument,
                "top-k must be at least 1, found " + std::to_string(top_k));
  }
  DirectionMetrics m;
  m.candidates = candidates;
  m.top_k = top_k;
  std::vector<int64_t> asked;
  int64_t hits_1 = 0, hits_5 = 0, hits_10 = 0;
  double reciprocal = 0, sum = 0;
  for (const int64_t rank : ranks) {
    if (rank <= 0) continue;
    asked.push_back(rank);
    sum += static_cast<double>(rank);
    if (rank > candidates) continue;  // not a number: never a hit, whatever K is
    reciprocal += 1.0 / static_cast<double>(rank);
    hits_1 += rank <= 1;
    hits_5 += rank <= 5;
    hits_10 += rank <= 10;
    if (rank <= top_k) {
      ++m.score;
      m.weighted_score += int64_t{top_k} + 1 - rank;
    }
  }
  m.queries = static_cast<int64_t>(asked.size());
  m.weighted_score_max = m.queries * top_k;
  if (m.queries == 0) return m;
  const auto n = static_cast<double>(m.queries);
  m.accuracy = static_cast<double>(m.score) / n;
  m.recall_at_1 = static_cast<double>(hits_1) / n;
  m.recall_at_5 = static_cast<double>(hits_5) / n;
  m.recall_at_10 = static_cast<double>(hits_10) / n;
  m.mean_reciprocal_rank = reciprocal / n;
  m.mean_rank = sum / n;
  std::sort(asked.begin(), asked.end());
  m.median_rank = median_of_sorted(asked);
  return m;
}

RetrievalMetrics summarize(const RetrievalSet& set, const RetrievalRanks& ranks, int top_k) {
  RetrievalMetrics m;
  m.text_to_image = summarize_ranks(ranks.text_rank, set.images.rows, top_k);
  m.image_to_text = summarize_ranks(ranks.image_rank, set.texts.rows, top_k);
  m.text_to_image_equivalent = summarize_ranks(ranks.text_rank_equivalent, set.images.rows, top_k);
  m.image_to_text_equivalent = summarize_ranks(ranks.image_rank_equivalent, set.texts.rows, top_k);
  m.own_pairs = similarity_stats(ranks.own_similarity);
  return m;
}

}  // namespace sightline
