#include "eval/chance.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "eval/accuracy_curve.h"

namespace sightline {
namespace {

// The distribution of the best relevant candidate's rank, which counts non-relevant candidates
// only. Element k: the probability of a rank above k, for k = 0 … candidates.
std::vector<double> rank_above(int64_t relevant, int64_t candidates) {
  std::vector<double> above = {1};
  for (int64_t k = 0; k < candidates; ++k) {
    const auto others = static_cast<double>(std::max<int64_t>(0, candidates - relevant - k));
    above.push_back(above.back() * others / static_cast<double>(candidates - k));
  }
  return above;
}

// The sum of the discounts of the first `positions` positions.
double discounts(int64_t positions) {
  double sum = 0;
  for (int64_t i = 1; i <= positions; ++i) sum += 1 / std::log2(static_cast<double>(i) + 1);
  return sum;
}

// The median of the rank's distribution. As in a list with an even number of elements, it is the
// mean of k and k + 1 if exactly half of the ranks are above k.
double median_rank(const std::vector<double>& above) {
  constexpr double kRounding = 1e-12;
  for (size_t k = 1; k < above.size(); ++k) {
    if (std::abs(above[k] - 0.5) < kRounding) return static_cast<double>(k) + 0.5;
    if (above[k] < 0.5) return static_cast<double>(k);
  }
  return 0;
}

double expected_average_precision(int64_t relevant, int64_t candidates) {
  double harmonic = 0;
  for (int64_t i = 1; i <= candidates; ++i) harmonic += 1 / static_cast<double>(i);
  const auto all = static_cast<double>(candidates);
  const double pairs = candidates > 1 ? static_cast<double>(relevant - 1) / (all - 1) : 0;
  return (harmonic + pairs * (all - harmonic)) / all;
}

// Queries by their number of relevant candidates.
std::map<int64_t, double> count_queries(std::span<const int64_t> relevant) {
  std::map<int64_t, double> queries;
  for (const int64_t r : relevant) queries[r] += 1;
  return queries;
}

// The distribution of the rank of a random query, as rank_above.
std::vector<double> rank_above_of_all(const std::map<int64_t, double>& queries, double total,
                                      int64_t candidates) {
  std::vector<double> above(static_cast<size_t>(candidates) + 1, 0);
  for (const auto& [r, count] : queries) {
    const std::vector<double> own = rank_above(r, candidates);
    for (size_t k = 0; k < own.size(); ++k) above[k] += count / total * own[k];
  }
  return above;
}

// Relevant candidates of each query, and candidates, under the strict definition.
struct Direction {
  std::vector<int64_t> relevant;
  int64_t candidates = 0;
};

// The queries are those of rows with `split`, or all.
Direction direction_of(const ExperimentResult& result, View view,
                       const std::optional<std::string>& split = {}) {
  std::vector<int64_t> captions(result.rows.size(), 0);
  for (const int64_t row : result.text_row) ++captions[static_cast<size_t>(row)];
  const bool from_texts = view == View::text_to_image;
  Direction direction;
  direction.candidates =
      static_cast<int64_t>(from_texts ? result.rows.size() : result.text_row.size());
  for (size_t row = 0; row < captions.size(); ++row) {
    if (captions[row] == 0 || (split && result.rows[row].split != *split)) continue;
    if (from_texts) {
      direction.relevant.insert(direction.relevant.end(), static_cast<size_t>(captions[row]), 1);
    } else {
      direction.relevant.push_back(captions[row]);
    }
  }
  return direction;
}

}  // namespace

std::vector<double> chance_level(std::span<const int64_t> relevant, int64_t candidates, int top_k) {
  std::vector<double> level(kMetricCount, 0);
  const auto at = [&](Metric metric) -> double& { return level[static_cast<size_t>(metric)]; };
  const std::map<int64_t, double> queries = count_queries(relevant);
  const auto total = static_cast<double>(relevant.size());
  const std::vector<double> above = rank_above_of_all(queries, total, candidates);
  for (const auto& [r, count] : queries) {
    const double weight = count / total;
    const auto share = static_cast<double>(r) / static_cast<double>(candidates);
    at(Metric::ndcg_at_10) += weight * share * discounts(std::min<int64_t>(10, candidates)) /
                              discounts(std::min<int64_t>(10, r));
    at(Metric::mean_average_precision) += weight * expected_average_precision(r, candidates);
  }
  const auto hit = [&](int64_t k) {
    return 1 - above[static_cast<size_t>(std::min(k, candidates))];
  };
  at(Metric::accuracy) = hit(top_k);
  at(Metric::score) = hit(top_k) * total;
  for (int k = 1; k <= top_k; ++k) at(Metric::weighted_score) += hit(k) * total;
  at(Metric::recall_at_1) = hit(1);
  at(Metric::recall_at_5) = hit(5);
  at(Metric::recall_at_10) = hit(10);
  for (size_t k = 1; k < above.size(); ++k) {
    at(Metric::mean_reciprocal_rank) += (above[k - 1] - above[k]) / static_cast<double>(k);
    at(Metric::mean_rank) += above[k - 1];
  }
  at(Metric::median_rank) = median_rank(above);
  return level;
}

std::vector<double> chance_level(const ExperimentResult& result, View view,
                                 const std::optional<std::string>& split) {
  if (view != View::text_to_image && view != View::image_to_text) return {};
  const Direction direction = direction_of(result, view, split);
  if (direction.relevant.empty()) return {};
  return chance_level(direction.relevant, direction.candidates, result.top_k);
}

std::vector<double> chance_curve(const ExperimentResult& result, View view) {
  const Direction direction = direction_of(result, view);
  const std::vector<double> above =
      rank_above_of_all(count_queries(direction.relevant),
                        static_cast<double>(direction.relevant.size()), direction.candidates);
  std::vector<double> accuracy;
  for (int64_t k = 1; k <= curve_length(direction.candidates); ++k)
    accuracy.push_back(1 - above[static_cast<size_t>(k)]);
  return accuracy;
}

double chance_of(const ExperimentResult& result, View view, Metric metric) {
  return chance_level(result, view)[static_cast<size_t>(metric)];
}

}  // namespace sightline
