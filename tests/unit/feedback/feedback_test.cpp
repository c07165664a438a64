// Rocchio's formula, metrics by judgements, simulated users.
#include <gtest/gtest.h>
#include <sightline/feedback.h>

#include <cmath>

#include "expect_error.h"
#include "feedback/judged_metrics.h"
#include "feedback/simulated_user.h"

namespace sightline {
namespace {

using feedback::JudgedImage;
using test::expect_error;

TEST(Rocchio, AddsJudgedImagesToTheQuery) {
  const Query query = parse_query("beach -people before:2021");
  const std::vector<int64_t> relevant = {12, 7}, irrelevant = {5};
  const Query moved = with_relevance_feedback(query, relevant, irrelevant, {1, 0.8, 0.2});
  ASSERT_EQ(moved.terms.size(), query.terms.size() + 3);
  EXPECT_EQ(moved.filter, query.filter);
  EXPECT_EQ(moved.terms[0], query.terms[0]);
  double sum = 0;
  for (const QueryTerm& term : query.terms) sum += std::abs(term.weight);
  const auto expect_item = [&](size_t at, int64_t key, double weight) {
    const QueryTerm& term = moved.terms[query.terms.size() + at];
    EXPECT_EQ(term.type, QueryType::item);
    EXPECT_EQ(term.key, key);
    EXPECT_DOUBLE_EQ(term.weight, weight * sum);
  };
  expect_item(0, 12, 0.4);
  expect_item(1, 7, 0.4);
  expect_item(2, 5, -0.2);
  EXPECT_EQ(parse_query_json(query_json(moved)), moved);
}

TEST(Rocchio, RefusesWrongWeightsAndEmptyQueries) {
  const std::vector<int64_t> one = {1};
  const Query query = text_query("beach");
  expect_error(ErrorCode::invalid_argument, "beta of feedback is -1", [&] {
    with_relevance_feedback(query, one, {}, {1, -1, 0});
  });
  expect_error(ErrorCode::invalid_argument, "neither terms nor a filter", [&] {
    with_relevance_feedback(query, {}, {}, {0, 1, 1});
  });
  EXPECT_EQ(with_relevance_feedback(query, {}, {}), query);
}

TEST(JudgedMetrics, EqualHandComputedValues) {
  const std::vector<JudgedImage> images = {{0.9, 0}, {0.8, 1}, {0.7, 1}, {0.6, 0}, {0.5, 0}};
  EXPECT_NEAR(feedback::condensed_ndcg(images, 10),
              (1 / std::log2(3) + 1 / std::log2(4)) / (1 + 1 / std::log2(3)), 1e-12);
  EXPECT_NEAR(feedback::binary_preference(images), 0.5, 1e-12);  // one of two before each
  EXPECT_EQ(feedback::binary_preference({{0.9, 1}}), 1);
  EXPECT_EQ(feedback::binary_preference({{0.9, 0}}), 0);
  EXPECT_EQ(feedback::condensed_ndcg({{0.9, 0}}, 10), 0);
  // Ties count against the ranking.
  EXPECT_EQ(feedback::binary_preference({{0.5, 1}, {0.5, 0}}), 0);
  EXPECT_LT(feedback::condensed_ndcg({{0.5, 1}, {0.5, 0}}, 10), 1);
}

TEST(QualityByDay, CountsWhatWasShown) {
  constexpr int64_t kDay = 86'400'000;
  const auto judged = [](int64_t time, const std::string& query, int64_t image, int64_t rank,
                         std::optional<int> grade) {
    return Judgement{.time_ms = time, .query = query, .image = image, .rank = rank, .grade = grade};
  };
  const std::vector<Judgement> history = {
      judged(1, "a", 1, 1, 1),    judged(2, "a", 2, 2, 0),
      judged(3, "a", 3, 11, 0),   judged(4, "b", 1, 3, 1),
      judged(5, "b", 2, 4, 1),    judged(6, "b", 2, 4, std::nullopt),
      judged(kDay, "a", 1, 0, 1), judged(kDay + 1, "a", 4, 1, 0),
  };
  const auto days = quality_by_day(history, {.resamples = 100});
  ASSERT_EQ(days.size(), 2u);
  EXPECT_EQ(days[0].day, "1970-01-01");
  EXPECT_EQ(days[0].judgements, 6);
  EXPECT_EQ(days[0].precision.queries, 2);
  EXPECT_DOUBLE_EQ(days[0].precision.value, 0.75);
  EXPECT_EQ(days[1].day, "1970-01-02");
  EXPECT_EQ(days[1].precision.queries, 1);
  EXPECT_EQ(days[1].precision.value, 0);
  EXPECT_FALSE(days[1].precision.interval);
}

TEST(SimulatedUser, LooksAtTheFirstImagesMoreOften) {
  std::vector<Hit> ranking;
  for (int64_t i = 0; i < 10; ++i) ranking.push_back({i, 1.0});
  const std::vector<int64_t> relevant = {0, 4};
  const SimulatedUser user = {.noise = 0.1, .position_bias = 1, .depth = 8};
  std::vector<int> seen(10), wrong(10);
  constexpr int kTrials = 4000;
  Random random({1});
  for (int i = 0; i < kTrials; ++i) {
    for (const auto& one : feedback::judge_ranking(ranking, relevant, user, random)) {
      EXPECT_EQ(one.rank, one.row + 1);
      ++seen[static_cast<size_t>(one.row)];
      wrong[static_cast<size_t>(one.row)] += one.relevant != (one.row == 0 || one.row == 4);
    }
  }
  EXPECT_EQ(seen[0], kTrials);
  EXPECT_NEAR(seen[3], kTrials / 4, 120);
  EXPECT_EQ(seen[8], 0);
  EXPECT_NEAR(wrong[0], kTrials / 10, 80);
  EXPECT_EQ(simulated_judge_name(SimulatedJudge::taste), "taste");
}

}  // namespace
}  // namespace sightline
