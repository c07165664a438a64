// Which models may be marked as best.
#include <gtest/gtest.h>
#include <sightline/experiment.h>

#include "eval/uncertainty.h"

namespace sightline {
namespace {

using Models = std::vector<int>;

// Models with these accuracies (text -> image), and no comparisons.
ExperimentResult with_accuracies(const std::vector<double>& accuracies) {
  ExperimentResult result;
  for (const double accuracy : accuracies) {
    ModelResult model;
    model.metrics.text_to_image.accuracy = accuracy;
    result.models.push_back(model);
  }
  return result;
}

void compare(ExperimentResult& result, int a, int b, double p_corrected) {
  MetricComparison c;
  c.a = a;
  c.b = b;
  c.difference = result.models[static_cast<size_t>(a)].metrics.text_to_image.accuracy -
                 result.models[static_cast<size_t>(b)].metrics.text_to_image.accuracy;
  c.p = c.p_corrected = p_corrected;
  result.comparisons.push_back(c);
}

Models best(const ExperimentResult& result, Metric metric = Metric::accuracy) {
  return best_models(result, View::text_to_image, metric);
}

TEST(BestModels, OneModelIsBestOnlyIfItBeatsEveryOther) {
  ExperimentResult result = with_accuracies({0.5, 0.9, 0.7});
  compare(result, 0, 1, 0.001);
  compare(result, 0, 2, 0.02);
  compare(result, 1, 2, 0.0499);
  EXPECT_EQ(best(result), Models{1});
  EXPECT_EQ(best(result, Metric::score), Models{1});
  result.comparisons[2].p_corrected = 0.05;  // the level itself is not significant
  EXPECT_EQ(best(result), (Models{1, 2}));
}

TEST(BestModels, ModelsThatAreNotDistinguishedFromTheBestAreAGroup) {
  // The published demo: p = 0.0624 between the best model and the two that follow.
  ExperimentResult result = with_accuracies({0.002, 0.485, 0.486, 0.508});
  for (const int other : {1, 2, 3}) compare(result, 0, other, 0.0006);
  compare(result, 1, 2, 1.0);
  compare(result, 1, 3, 0.0624);
  compare(result, 2, 3, 0.0624);
  EXPECT_EQ(best(result), (Models{1, 2, 3}));
}

TEST(BestModels, NothingIsBestWithoutASignificantDifference) {
  ExperimentResult zeros = with_accuracies({0, 0});
  compare(zeros, 0, 1, 1.0);
  EXPECT_EQ(best(zeros), Models{});
  ExperimentResult close = with_accuracies({0.5, 0.6});
  compare(close, 0, 1, 0.3);
  EXPECT_EQ(best(close), Models{});
  EXPECT_EQ(best(with_accuracies({0.5})), Models{});
  EXPECT_EQ(best(with_accuracies({0.1, 0.9})), Models{});  // no tests
  EXPECT_EQ(best(ExperimentResult{}), Models{});
}

TEST(BestModels, EqualBestValuesShareTheMark) {
  ExperimentResult result = with_accuracies({0.9, 0.9, 0.1});
  compare(result, 0, 1, 1.0);
  compare(result, 0, 2, 0.01);
  compare(result, 1, 2, 0.2);
  EXPECT_EQ(best(result), (Models{0, 1}));
}

// A model that is worse than some model, but not than the best, stays in the group.
TEST(BestModels, OnlyTheBestValueExcludesAModel) {
  ExperimentResult result = with_accuracies({0.9, 0.8, 0.7});
  compare(result, 0, 1, 0.2);
  compare(result, 0, 2, 0.2);
  compare(result, 1, 2, 0.01);
  EXPECT_EQ(best(result), Models{});
}

TEST(BestModels, OnlyTestedMetricsAreMarked) {
  ExperimentResult result = with_accuracies({0.1, 0.9});
  compare(result, 0, 1, 0.001);
  result.top_k = 5;
  EXPECT_EQ(best(result, Metric::recall_at_5), Models{1});
  EXPECT_FALSE(is_tested(result, View::text_to_image, Metric::recall_at_10));
  EXPECT_EQ(best(result, Metric::recall_at_10), Models{});
  EXPECT_EQ(best(result, Metric::mean_rank), Models{});
  EXPECT_EQ(best_models(result, View::image_to_text, Metric::accuracy), Models{});
  result.top_k = 10;
  EXPECT_EQ(best(result, Metric::recall_at_5), Models{});
  EXPECT_EQ(best(result, Metric::recall_at_10), Models{1});
}

TEST(BestModels, MapSharesTheTestOfMrrWithOneRelevantCandidate) {
  ExperimentResult result = with_accuracies({0.1, 0.9});
  compare(result, 0, 1, 0.001);
  result.comparisons[0].metric = Metric::mean_reciprocal_rank;
  for (size_t m = 0; m < 2; ++m) {
    for (DirectionMetrics* d :
         {&result.models[m].metrics.text_to_image, &result.models[m].metrics.image_to_text})
      d->mean_reciprocal_rank = d->mean_average_precision = 0.1 + 0.8 * static_cast<double>(m);
  }
  EXPECT_EQ(best(result, Metric::mean_average_precision), Models{1});
  result.comparisons[0].view = View::image_to_text;
  result.clusters = 2;
  result.text_row = {0, 1};
  EXPECT_TRUE(is_tested(result, View::image_to_text, Metric::mean_average_precision));
  result.text_row = {0, 1, 1};  // two captions of one image
  EXPECT_FALSE(is_tested(result, View::image_to_text, Metric::mean_average_precision));
}

// From ranks: model 0 finds all of 12 images first, model 1 finds 6 of them.
TEST(BestModels, FollowsTheTestsOfAnExperiment) {
  ExperimentResult result;
  for (int n = 0; n < 12; ++n) {
    result.rows.push_back({std::to_string(n), "", {"caption"}, {}});
    result.text_row.push_back(n);
    result.text_caption.push_back(0);
  }
  for (const int64_t other : {1, 9}) {
    ModelResult model;
    for (int n = 0; n < 12; ++n) model.ranks.text_rank.push_back(n < 6 ? 1 : other);
    RetrievalRanks& r = model.ranks;
    r.text_rank_equivalent = r.image_rank = r.image_rank_equivalent = r.text_rank;
    for (const int64_t rank : r.text_rank) {
      const double gain = 1.0 / static_cast<double>(rank);
      r.text_gains.average_precision.push_back(gain);
      r.text_gains.ndcg_at_10.push_back(gain);
    }
    r.text_gains_equivalent = r.image_gains = r.image_gains_equivalent = r.text_gains;
    r.own_similarity.assign(12, 0.5);
    for (int v = 0; v < kViewCount; ++v) {
      const auto view = static_cast<View>(v);
      metrics_of(model.metrics, view) = summarize_ranks(r.text_rank, r.text_gains, 12, 5);
    }
    result.models.push_back(model);
  }
  result.statistics = {.resamples = 0, .permutations = 10000};
  add_statistics(result);  // 6 differences of one sign: p = 2 / 2^6 = 0.03125, exact
  EXPECT_EQ(best(result), Models{0});
  EXPECT_EQ(best(result, Metric::recall_at_5), Models{0});
  EXPECT_EQ(best(result, Metric::mean_average_precision), Models{0});
  EXPECT_EQ(best(result, Metric::median_rank), Models{});
}

}  // namespace
}  // namespace sightline
