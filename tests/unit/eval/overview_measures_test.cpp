// Measures over several data sets: agreement on the order of the models, and hard queries.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/overview.h>

#include <cmath>

#include "expect_error.h"

namespace sightline {
namespace {

using test::expect_error;

// Values of scipy.stats.kendalltau.
TEST(KendallTau, EqualsScipy) {
  const std::vector<double> a = {12, 2, 1, 12, 2}, b = {1, 4, 7, 1, 0};
  const RankCorrelation ties = kendall_tau(a, b);
  EXPECT_NEAR(ties.tau, -0.4714045207910316, 1e-12);
  EXPECT_EQ(ties.models, 5);
  EXPECT_EQ(ties.concordant, 2);
  EXPECT_EQ(ties.discordant, 6);
  const std::vector<double> up = {0.1, 0.2, 0.3, 0.4}, mixed = {0.2, 0.1, 0.3, 0.4};
  EXPECT_NEAR(kendall_tau(up, mixed).tau, 4.0 / 6, 1e-12);
  EXPECT_EQ(kendall_tau(up, up).tau, 1);
}

TEST(KendallTau, IsNotDefinedWhereAllTie) {
  const std::vector<double> same = {1, 1, 1}, up = {1, 2, 3};
  EXPECT_TRUE(std::isnan(kendall_tau(same, up).tau));
  expect_error(ErrorCode::invalid_argument, "lists of one length, found 3 and 2", [&] {
    kendall_tau(up, std::vector<double>{1, 2});
  });
}

ExperimentResult captions(const std::vector<std::vector<int64_t>>& ranks) {
  ExperimentResult result;
  result.top_k = 5;
  for (const auto& of_model : ranks) {
    ModelResult model;
    model.ranks.text_rank = of_model;
    result.models.push_back(model);
  }
  for (size_t t = 0; t < ranks[0].size(); ++t) result.text_row.push_back(static_cast<int64_t>(t));
  return result;
}

TEST(HardCases, AreThoseThatEveryModelFails) {
  const HardCases hard = hard_cases(captions({{6, 1, 9, 20, 9}, {30, 40, 7, 21, 8}}), 3);
  EXPECT_EQ(hard.count, 4);
  ASSERT_EQ(hard.worst.size(), 3u);
  EXPECT_EQ(hard.worst[0].index, 3);
  EXPECT_EQ(hard.worst[0].best_rank, 20);
  EXPECT_EQ(hard.worst[1].index, 4);  // best ranks 8, then 7
  EXPECT_EQ(hard.worst[2].index, 2);
  ClassificationResult classified;
  classified.images.resize(2);
  classified.models.resize(2);
  classified.models[0].ranks = {2, 1};
  classified.models[1].ranks = {3, 2};
  EXPECT_EQ(hard_cases(classified, 9).count, 1);
}

TEST(RankCorrelations, CoverAllPairsOfDataSets) {
  Overview overview;
  for (const char* name : {"one", "two"}) {
    DatasetResult dataset{name, {}, captions({{1}, {2}, {3}})};
    for (size_t m = 0; m < 3; ++m)
      dataset.result.models[m].metrics.text_to_image.recall_at_1 = 0.1 * static_cast<double>(m);
    overview.datasets.push_back(dataset);
  }
  ClassifiedDataset labelled{"three", {}, {}};
  labelled.result.models.resize(3);
  for (size_t m = 0; m < 3; ++m)
    labelled.result.models[m].values[0] = 0.9 - 0.1 * static_cast<double>(m);
  overview.classified.push_back(labelled);
  const auto found = rank_correlations(overview);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].tau, 1);
  EXPECT_EQ(found[1].b, "three");
  EXPECT_EQ(found[1].tau, -1);
  EXPECT_EQ(found[2].a, "two");
  for (DatasetResult& dataset : overview.datasets) dataset.result.models.resize(1);
  EXPECT_TRUE(rank_correlations(overview).empty());
}

}  // namespace
}  // namespace sightline
