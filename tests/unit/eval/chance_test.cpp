#include "eval/chance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sightline {
namespace {

// The metrics of one query, by the definitions of metrics.h. `relevant[i]`: whether the candidate
// at position i is relevant.
std::vector<double> metrics_of_order(const std::vector<bool>& relevant, int top_k) {
  int64_t rank = 0, found = 0, others = 0;
  double precision = 0, gain = 0, ideal = 0;
  const auto total = std::count(relevant.begin(), relevant.end(), true);
  for (size_t i = 0; i < relevant.size(); ++i) {
    if (!relevant[i]) {
      ++others;
      continue;
    }
    if (++found == 1) rank = 1 + others;
    const auto position = static_cast<double>(i + 1);
    precision += static_cast<double>(found) / position / static_cast<double>(total);
    if (i < 10) gain += 1 / std::log2(position + 1);
  }
  for (int64_t i = 1; i <= std::min<int64_t>(10, total); ++i)
    ideal += 1 / std::log2(static_cast<double>(i) + 1);
  const auto hit = [&](int k) { return rank <= k ? 1.0 : 0.0; };
  return {hit(top_k),
          hit(top_k),
          static_cast<double>(std::max<int64_t>(0, top_k - rank + 1)),
          hit(1),
          hit(5),
          hit(10),
          1 / static_cast<double>(rank),
          gain / ideal,
          precision,
          0 /* not a mean over orders */,
          static_cast<double>(rank)};
}

// The mean over all orders of `candidates`.
std::vector<double> mean_over_orders(int relevant, int candidates, int top_k) {
  std::vector<double> sum(kMetricCount, 0);
  std::vector<bool> order(static_cast<size_t>(candidates), false);
  std::fill(order.end() - relevant, order.end(), true);
  double orders = 0;
  do {
    const std::vector<double> one = metrics_of_order(order, top_k);
    for (size_t m = 0; m < one.size(); ++m) sum[m] += one[m];
    ++orders;
  } while (std::next_permutation(order.begin(), order.end()));
  for (double& value : sum) value /= orders;
  return sum;
}

TEST(ChanceLevel, IsTheMeanOverAllOrders) {
  for (const int relevant : {1, 2, 4}) {
    for (const int candidates : {4, 7, 12}) {
      for (const int top_k : {1, 3, 20}) {
        const std::vector<int64_t> counts = {relevant};
        const auto level = chance_level(counts, candidates, top_k);
        const auto expected = mean_over_orders(relevant, candidates, top_k);
        for (size_t m = 0; m < level.size(); ++m) {
          if (static_cast<Metric>(m) == Metric::median_rank) continue;
          EXPECT_NEAR(level[m], expected[m], 1e-9)
              << metric_name(static_cast<Metric>(m)) << " of " << relevant << " in " << candidates;
        }
      }
    }
  }
}

TEST(ChanceLevel, OfOneRelevantCandidateInAHundred) {
  const std::vector<int64_t> counts(200, 1);
  const auto level = chance_level(counts, 100, 5);
  const auto at = [&](Metric metric) { return level[static_cast<size_t>(metric)]; };
  EXPECT_NEAR(at(Metric::score), 10, 1e-9);
  EXPECT_NEAR(at(Metric::accuracy), 0.05, 1e-9);
  EXPECT_NEAR(at(Metric::weighted_score), 200 * 0.15, 1e-9);
  EXPECT_NEAR(at(Metric::mean_rank), 50.5, 1e-9);
  EXPECT_NEAR(at(Metric::median_rank), 50.5, 0);
  const auto odd = chance_level(counts, 101, 5);
  EXPECT_NEAR(odd[static_cast<size_t>(Metric::median_rank)], 51, 0);
  EXPECT_NEAR(at(Metric::mean_reciprocal_rank), at(Metric::mean_average_precision), 1e-12);
}

TEST(ChanceLevel, MixesQueriesWithDifferentNumbersOfRelevantCandidates) {
  const auto both = chance_level(std::vector<int64_t>{1, 3}, 8, 2);
  const auto one = chance_level(std::vector<int64_t>{1}, 8, 2);
  const auto three = chance_level(std::vector<int64_t>{3}, 8, 2);
  for (const Metric metric : {Metric::accuracy, Metric::ndcg_at_10, Metric::mean_rank}) {
    const auto m = static_cast<size_t>(metric);
    EXPECT_NEAR(both[m], (one[m] + three[m]) / 2, 1e-12) << metric_name(metric);
  }
}

TEST(ChanceLevel, OfAnExperimentCountsCaptionsPerImage) {
  ExperimentResult result;
  result.top_k = 1;
  result.rows.resize(3);           // the last image has no caption
  result.text_row = {0, 0, 0, 1};  // three captions and one
  const auto accuracy = static_cast<size_t>(Metric::accuracy);
  EXPECT_NEAR(chance_level(result, View::text_to_image)[accuracy], 1.0 / 3, 1e-12);
  EXPECT_NEAR(chance_level(result, View::image_to_text)[accuracy], (0.75 + 0.25) / 2, 1e-12);
}

TEST(ChanceLevel, OfEachKIsThatOfTheMetrics) {
  ExperimentResult result;
  result.rows.resize(60);
  for (int64_t row = 0; row < 60; ++row)
    result.text_row.insert(result.text_row.end(), static_cast<size_t>(1 + row % 3), row);
  for (const View view : {View::text_to_image, View::image_to_text}) {
    const std::vector<double> curve = chance_curve(result, view);
    ASSERT_EQ(curve.size(), 50u);
    for (size_t k = 1; k <= curve.size(); ++k) {
      result.top_k = static_cast<int>(k);
      EXPECT_EQ(curve[k - 1], chance_of(result, view, Metric::accuracy)) << k;
    }
  }
  result.text_row = {0, 0, 1};
  result.rows.resize(4);
  EXPECT_EQ(chance_curve(result, View::text_to_image).size(), 4u);
  EXPECT_EQ(chance_curve(result, View::image_to_text).size(), 3u);
}

}  // namespace
}  // namespace sightline
