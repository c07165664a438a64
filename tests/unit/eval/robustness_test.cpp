// Metrics under noise, their intervals, and the selection of examples.
#include "eval/robustness.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "eval/examples.h"
#include "eval/noise.h"
#include "eval/noise_metrics.h"

namespace sightline {
namespace {

const std::vector<std::string> kCaptions = {"a red heart", "flying in the sky", "A RED HEART",
                                            "mouth open"};

NoiseOptions options(std::vector<NoiseKind> kinds, std::vector<double> strengths) {
  NoiseOptions out;
  out.kinds = std::move(kinds);
  out.strengths = std::move(strengths);
  return out;
}

TEST(NoisePlan, ListsEachTextOnceAndNoCleanCaption) {
  const NoisePlan plan(options({NoiseKind::upper_case, NoiseKind::typos}, {0.5, 1}), kCaptions);
  ASSERT_EQ(plan.conditions().size(), 4u);
  std::set<std::string> texts(plan.texts().begin(), plan.texts().end());
  EXPECT_EQ(texts.size(), plan.texts().size());
  for (const std::string& caption : kCaptions) EXPECT_FALSE(texts.contains(caption));
  for (size_t c = 0; c < plan.conditions().size(); ++c) {
    for (size_t i = 0; i < kCaptions.size(); ++i) {
      const auto index = static_cast<size_t>(plan.text_index(c, static_cast<int64_t>(i)));
      const std::string& text =
          index < kCaptions.size() ? kCaptions[index] : plan.texts()[index - kCaptions.size()];
      EXPECT_EQ(text, add_noise(plan.conditions()[c].kind, kCaptions[i],
                                plan.conditions()[c].strength, 1));
    }
  }
  EXPECT_EQ(plan.text_index(1, 0), 2);  // "a red heart" in upper case equals another clean caption
}

TEST(NoisePlan, SamplesAtMostMaxCaptions) {
  NoiseOptions few = options({NoiseKind::typos}, {0.5});
  few.max_captions = 2;
  const NoisePlan plan(few, kCaptions), again(few, kCaptions);
  int taken = 0;
  for (int64_t i = 0; i < 4; ++i) {
    taken += plan.is_sampled(i);
    EXPECT_EQ(plan.is_sampled(i), again.is_sampled(i));
    EXPECT_EQ(plan.text_index(0, i) >= 0, plan.is_sampled(i));
  }
  EXPECT_EQ(taken, 2);
}

TEST(NoisePlan, RejectsInvalidOptions) {
  for (const auto& strengths : {std::vector<double>{0}, {1.5}, {0.1, 0.1}, {NAN}}) {
    EXPECT_THROW(NoisePlan(options({NoiseKind::typos}, strengths), kCaptions), Error);
  }
  EXPECT_THROW(NoisePlan(options({NoiseKind::typos, NoiseKind::typos}, {0.1}), kCaptions), Error);
  NoiseOptions none = options({NoiseKind::typos}, {0.1});
  none.max_captions = 0;
  EXPECT_THROW(NoisePlan(none, kCaptions), Error);
  EXPECT_TRUE(NoisePlan(NoiseOptions{}, kCaptions).empty());
}

// Small integers, which create many ties, and optionally some NaN.
Matrix random_matrix(int64_t rows, std::mt19937& random, bool with_nan) {
  Matrix out(rows, 3);
  for (float& v : out.values) {
    v = with_nan && random() % 40 == 0 ? NAN : static_cast<float>(random() % 4);
  }
  return out;
}

TEST(Robustness, RanksMatchTheExperiment) {
  std::mt19937 random(3);
  for (const bool with_nan : {false, true}) {
    RetrievalSet set;
    set.images = random_matrix(40, random, with_nan);
    set.texts = random_matrix(90, random, with_nan);
    for (int i = 0; i < 90; ++i) set.text_image.push_back(static_cast<int64_t>(random() % 40));
    EXPECT_EQ(own_image_ranks(set.texts, set.images, set.text_image), rank_pairs(set).text_rank);
  }
}

TEST(Robustness, MetricsMatchTheExperiment) {
  std::mt19937 random(4);
  std::vector<std::vector<int64_t>> ranks(2);
  std::vector<int64_t> owner;
  for (int i = 0; i < 200; ++i) {
    owner.push_back(i / 2);
    for (auto& each : ranks) each.push_back(1 + static_cast<int64_t>(random() % 21));  // 21: NaN
  }
  int64_t images = 0;
  const auto points = noise_points(ranks, owner, 20, 3, {}, images);
  EXPECT_EQ(images, 100);
  for (size_t c = 0; c < 2; ++c) {
    const DirectionMetrics expected = summarize_ranks(ranks[c], 20, 3);
    EXPECT_DOUBLE_EQ(points[c].accuracy.value, expected.accuracy);
    EXPECT_DOUBLE_EQ(points[c].recall_at_1.value, expected.recall_at_1);
    EXPECT_DOUBLE_EQ(points[c].recall_at_5.value, expected.recall_at_5);
    EXPECT_NEAR(points[c].mean_reciprocal_rank.value, expected.mean_reciprocal_rank, 1e-12);
  }
  EXPECT_EQ(points[0].accuracy.lost, 0);
  EXPECT_EQ(points[0].accuracy.lost_interval->low, 0);
  EXPECT_EQ(points[0].accuracy.lost_interval->high, 0);
  EXPECT_DOUBLE_EQ(points[1].accuracy.lost,
                   1 - points[1].accuracy.value / points[0].accuracy.value);
}

// 400 images, a quarter of them with rank 1: the normal interval is 0.25 +- 1.96 sqrt(p(1-p)/n).
// Four copies of each caption do not narrow the interval, because all captions of an image are
// resampled together.
TEST(Robustness, IntervalsResampleImages) {
  for (const int copies : {1, 4}) {
    std::vector<int64_t> rank, owner;
    for (int i = 0; i < 400; ++i) {
      for (int c = 0; c < copies; ++c) {
        rank.push_back(i % 4 == 0 ? 1 : 7);
        owner.push_back(i);
      }
    }
    int64_t images = 0;
    const std::vector<std::vector<int64_t>> ranks = {rank, rank};
    const auto points = noise_points(ranks, owner, 400, 5, {}, images);
    const double half = 1.96 * std::sqrt(0.25 * 0.75 / 400);
    EXPECT_NEAR(points[1].recall_at_1.interval->low, 0.25 - half, 0.006);
    EXPECT_NEAR(points[1].recall_at_1.interval->high, 0.25 + half, 0.006);
    // Ranks equal the clean ranks, so the loss is exactly 0 in every resample.
    EXPECT_EQ(points[1].recall_at_1.lost_interval->low, 0);
    EXPECT_EQ(points[1].recall_at_1.lost_interval->high, 0);
  }
}

TEST(Robustness, WithoutCleanHitsThereIsNoLoss) {
  const std::vector<std::vector<int64_t>> ranks = {{9, 9}, {1, 9}};
  int64_t images = 0;
  const auto points = noise_points(ranks, std::vector<int64_t>{0, 1}, 9, 5, {}, images);
  EXPECT_EQ(points[1].recall_at_1.value, 0.5);
  EXPECT_EQ(points[1].recall_at_1.lost, 0);
  const std::vector<std::vector<int64_t>> nothing(2);
  EXPECT_EQ(noise_points(nothing, {}, 9, 5, {}, images)[1].recall_at_1.value, 0);
  StatisticsOptions none;
  none.resamples = 0;
  EXPECT_FALSE(
      noise_points(ranks, std::vector<int64_t>{0, 1}, 9, 5, none, images)[1].recall_at_1.interval);
}

TEST(Robustness, UsesTheNoisyVectors) {
  // Each clean caption matches its own image; each noisy caption matches the other image.
  const std::vector<std::string> captions = {"one", "two"};
  const NoisePlan plan(options({NoiseKind::upper_case}, {1}), captions);
  ASSERT_EQ(plan.texts(), (std::vector<std::string>{"ONE", "TWO"}));
  Matrix images(2, 2), noisy(2, 2);
  images.row(0)[0] = images.row(1)[1] = 1;
  noisy.row(0)[1] = noisy.row(1)[0] = 1;
  const std::vector<int64_t> own = {0, 1}, clean_rank = {1, 1};
  const Robustness result =
      measure_robustness(plan, {images, images, noisy, own, own, clean_rank}, 1, {});
  EXPECT_EQ(result.queries, 2);
  EXPECT_EQ(result.candidates, 2);
  ASSERT_EQ(result.points.size(), 1u);
  EXPECT_EQ(result.clean.accuracy.value, 1);
  EXPECT_EQ(result.points[0].kind, NoiseKind::upper_case);
  EXPECT_EQ(result.points[0].accuracy.value, 0);
  EXPECT_EQ(result.points[0].accuracy.lost, 1);
  EXPECT_EQ(result.points[0].recall_at_5.value, 1);
  EXPECT_EQ(result.points[0].mean_reciprocal_rank.value, 0.5);
}

TEST(Examples, BestMedianAndWorst) {
  std::mt19937 random(5);
  RetrievalSet set;
  set.images = random_matrix(50, random, false);
  set.texts = random_matrix(100, random, false);
  for (int i = 0; i < 100; ++i) {
    set.text_image.push_back(i / 2);
    set.text_identity.push_back(i < 10 ? 0 : i);  // ten captions with the same text
  }
  const RetrievalRanks ranks = rank_pairs(set);
  const auto rows = example_rows(set, ranks, 4);
  ASSERT_EQ(rows.size(), 9u);
  const auto [low, high] = std::ranges::minmax(ranks.text_rank);
  EXPECT_EQ(rows[0].rank, low);
  EXPECT_EQ(rows[6].rank, high);
  std::vector<int64_t> sorted = ranks.text_rank;
  std::ranges::sort(sorted);
  EXPECT_EQ(rows[3].rank, sorted[49]);
  std::set<int64_t> images;
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].kind, i < 3   ? ExampleKind::best
                            : i < 6 ? ExampleKind::median
                                    : ExampleKind::worst);
    EXPECT_TRUE(images.insert(set.text_image[static_cast<size_t>(rows[i].text)]).second);
    EXPECT_EQ(rows[i].hits.size(), 4u);
    EXPECT_EQ(rows[i].rank, ranks.text_rank[static_cast<size_t>(rows[i].text)]);
  }
}

TEST(Examples, TiesAreSortedBySimilarityAndKindsShareFewCaptions) {
  RetrievalSet set;
  set.images = Matrix(4, 4);
  set.texts = Matrix(4, 4);
  for (int64_t i = 0; i < 4; ++i) {
    set.images.row(i)[static_cast<size_t>(i)] = 1;
    set.texts.row(i)[static_cast<size_t>(i)] = static_cast<float>(i + 1) / 4;  // all rank 1
    set.text_image.push_back(i);
  }
  const auto rows = example_rows(set, rank_pairs(set), 2);
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0].text, 3);  // the most similar
  EXPECT_EQ(rows[1].text, 1);  // the only caption left
  EXPECT_EQ(rows[2].text, 2);  // the (lower) median of four
  EXPECT_EQ(rows[2].kind, ExampleKind::median);
  EXPECT_EQ(rows.back().text, 0);
  EXPECT_EQ(rows.back().kind, ExampleKind::worst);
}

}  // namespace
}  // namespace sightline
