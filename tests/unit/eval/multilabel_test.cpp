// Multi-label zero-shot classification: CLIP_benchmark's figures, ties, statistics.
#include <gtest/gtest.h>
#include <sightline/classification.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "base/file.h"
#include "eval/classification/average_precision.h"
#include "expect_error.h"
#include "unit/eval/json_matrix.h"

namespace sightline {
namespace {

using test::expect_error;
using test::matrix_of;

constexpr auto kMap = static_cast<size_t>(ClassMetric::mean_average_precision);

// A result whose image i has the classes `labels[i]`, without models.
ClassificationResult result_of(const std::vector<std::vector<int64_t>>& labels, size_t classes) {
  ClassificationResult result;
  result.multilabel = true;
  for (size_t c = 0; c < classes; ++c) result.classes.push_back({"class", "", 0, 1});
  for (const auto& own : labels)
    result.images.push_back({std::to_string(result.images.size()), "", -1, own});
  result.statistics.resamples = 2000;
  result.statistics.permutations = 2000;
  return result;
}

// Appends a model that ranks the images by `scores` [class][image].
void add_model(ClassificationResult& result, const std::vector<std::vector<double>>& scores) {
  ClassifiedModel model;
  model.label = "model " + std::to_string(result.models.size());
  for (const auto& of_class : scores) {
    std::vector<int32_t> order(of_class.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int32_t>(i);
    std::ranges::stable_sort(order, [&](int32_t a, int32_t b) {
      return of_class[static_cast<size_t>(a)] > of_class[static_cast<size_t>(b)];
    });
    model.orders.push_back(order);
  }
  result.models.push_back(std::move(model));
}

struct Scored {
  ClassificationResult result;
  std::vector<std::vector<int64_t>> labels;
};

// Two models on random labels; the second one's scores have `signal` for images of a class.
Scored random_result(size_t images, size_t classes, double first, double second, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> noise;
  Scored out;
  for (size_t i = 0; i < images; ++i) {
    out.labels.emplace_back();
    for (size_t c = 0; c < classes; ++c)
      if (random() % 4 == 0) out.labels.back().push_back(static_cast<int64_t>(c));
  }
  out.result = result_of(out.labels, classes);
  for (const double signal : {first, second}) {
    std::vector<std::vector<double>> scores(classes, std::vector<double>(images));
    for (size_t i = 0; i < images; ++i) {
      for (auto& of_class : scores) of_class[i] = noise(random);
      for (const int64_t c : out.labels[i]) scores[static_cast<size_t>(c)][i] += signal;
    }
    add_model(out.result, scores);
  }
  return out;
}

TEST(Multilabel, HasTheFiguresOfClipBenchmark) {
  const auto golden =
      nlohmann::json::parse(read_text_file(SIGHTLINE_SOURCE_DIR "/tests/golden/multilabel.json"));
  const Matrix classifier = matrix_of(golden["classifier"]);
  for (const std::string name : {"distinct", "tied"}) {
    const auto& expected = golden[name];
    std::vector<std::vector<int64_t>> labels;
    for (const auto& row : expected["targets"]) {
      labels.emplace_back();
      for (size_t c = 0; c < row.size(); ++c)
        if (row[c] == 1) labels.back().push_back(static_cast<int64_t>(c));
    }
    ClassificationResult result = result_of(labels, static_cast<size_t>(classifier.rows));
    result.models.emplace_back();
    ClassifiedModel& model = result.models[0];
    rank_images(matrix_of(expected["images"]), classifier, labels, model);
    summarize_classification(result);
    double sum = 0;
    for (size_t c = 0; c < result.classes.size(); ++c) {
      const double value = expected["average_precision"][c];
      if (c == 4) {
        EXPECT_TRUE(std::isnan(model.average_precision[c]));  // CLIP_benchmark: 0
      } else {
        EXPECT_NEAR(model.average_precision[c], value, 1e-12) << name << " " << c;
        sum += model.average_precision[c];
      }
    }
    EXPECT_NEAR(model.values[kMap], expected["mean_average_precision"].get<double>(), 1e-12);
    EXPECT_NEAR(sum / static_cast<double>(result.classes.size()),
                expected["mean_average_precision_clip_benchmark"].get<double>(), 1e-12);
    EXPECT_TRUE(std::isnan(model.values[0]));
    ASSERT_TRUE(model.intervals[kMap]);
    EXPECT_LT(model.intervals[kMap]->low, model.values[kMap]);
    EXPECT_GT(model.intervals[kMap]->high, model.values[kMap]);
    EXPECT_FALSE(model.intervals[0]);
  }
}

TEST(Multilabel, ImagesDrawnTwiceCountTwice) {
  const Scored scored = random_result(60, 3, 1, 0, 4);
  const ClassifiedModel& model = scored.result.models[0];
  std::vector<int32_t> drawn(60, 0);
  for (size_t i = 0; i < 60; i += 2) drawn[i] = 2;
  // The copies are written out, next to each other.
  std::vector<std::vector<int64_t>> labels;
  ClassifiedModel copied;
  for (size_t i = 0; i < 60; i += 2) labels.insert(labels.end(), 2, scored.labels[i]);
  for (const auto& order : model.orders) {
    copied.orders.emplace_back();
    for (const int32_t i : order)
      if (i % 2 == 0) copied.orders.back().insert(copied.orders.back().end(), {i, i + 1});
  }
  const std::vector<double> expected = AveragePrecisions(result_of(labels, 3)).of(copied);
  const std::vector<double> found = AveragePrecisions(scored.result).of(model, drawn);
  for (size_t c = 0; c < 3; ++c) EXPECT_NEAR(found[c], expected[c], 1e-12);
}

TEST(Multilabel, LeavesOutEachImageAsADirectComputationDoes) {
  Scored scored = random_result(25, 4, 1, 0, 9);
  scored.result.classes.push_back({"rare", "", 0, 1});  // with a single image
  scored.result.images[7].classes.push_back(4);
  ClassifiedModel& model = scored.result.models[0];
  model.orders.push_back(model.orders[2]);
  const AveragePrecisions precisions(scored.result);
  const std::vector<double> found = precisions.means_without_each(model);
  for (size_t i = 0; i < found.size(); ++i) {
    std::vector<int32_t> drawn(found.size(), 1);
    drawn[i] = 0;
    EXPECT_NEAR(found[i], mean_of_defined(precisions.of(model, drawn)), 1e-12) << i;
  }
}

// Copies of an image raise the average precision of its classes. With few images per class, all
// resamples are above the value.
TEST(Multilabel, IntervalsOfRareClassesContainTheValue) {
  constexpr size_t kClasses = 400, kImages = 60;
  std::mt19937 random(8);
  std::vector<std::vector<int64_t>> labels(kImages);
  for (int64_t c = 0; c < static_cast<int64_t>(kClasses); ++c)
    labels[random() % kImages].push_back(c);
  ClassificationResult result = result_of(labels, kClasses);
  for (const double signal : {0.0, 0.5}) {
    std::vector<std::vector<double>> scores(kClasses, std::vector<double>(kImages));
    for (auto& of_class : scores)
      for (double& score : of_class) score = random() / 4294967296.0;
    for (size_t i = 0; i < kImages; ++i)
      for (const int64_t c : labels[i]) scores[static_cast<size_t>(c)][i] += signal;
    add_model(result, scores);
  }
  summarize_classification(result);
  for (const ClassifiedModel& model : result.models) {
    ASSERT_TRUE(model.intervals[kMap]);
    EXPECT_LT(model.intervals[kMap]->low, model.values[kMap]);
    EXPECT_GT(model.intervals[kMap]->high, model.values[kMap]);
  }
  const ClassComparison& c = result.comparisons[0];
  EXPECT_LT(c.interval->low, c.difference);
  EXPECT_GT(c.interval->high, c.difference);
}

TEST(Multilabel, ChanceIsTheMeanOverAllOrders) {
  std::vector<int> order = {0, 0, 0, 1, 1};
  double sum = 0, count = 0;
  do {
    double found = 0, value = 0;
    for (size_t at = 0; at < order.size(); ++at)
      if (order[at] == 1) value += ++found / static_cast<double>(at + 1);
    sum += value / 2;
    ++count;
  } while (std::ranges::next_permutation(order).found);
  EXPECT_NEAR(expected_average_precision(2, 5), sum / count, 1e-12);
  EXPECT_DOUBLE_EQ(expected_average_precision(1, 1), 1);
  const ClassificationResult result = result_of({{0}, {0, 1}, {}, {}, {1}}, 3);
  EXPECT_NEAR(chance_of(result, ClassMetric::mean_average_precision), sum / count, 1e-12);
  EXPECT_TRUE(std::isnan(chance_of(result, ClassMetric::accuracy_at_1)));
}

TEST(Multilabel, ComparesModelsOnTheSameImages) {
  ClassificationResult result = random_result(120, 5, 2, 0.5, 3).result;
  result.models.push_back(result.models[0]);
  summarize_classification(result);
  ASSERT_EQ(result.comparisons.size(), 3u);
  const ClassComparison& c = result.comparisons[0];
  EXPECT_EQ(c.metric, ClassMetric::mean_average_precision);
  EXPECT_DOUBLE_EQ(c.difference, result.models[0].values[kMap] - result.models[1].values[kMap]);
  EXPECT_LT(c.p_corrected, 0.05);
  ASSERT_TRUE(c.interval);
  EXPECT_GT(c.interval->low, 0);
  EXPECT_EQ(result.comparisons[1].p, 1);  // equal models
  EXPECT_EQ(result.comparisons[1].interval->high, 0);
  EXPECT_EQ(best_models(result, ClassMetric::mean_average_precision), (std::vector<int>{0, 2}));
}

// Of 60 pairs of models that are equally good, about one in 20 differs at p < 0.05.
TEST(Multilabel, TheTestRarelyRejectsEqualModels) {
  int rejected = 0;
  for (uint32_t seed = 0; seed < 60; ++seed) {
    ClassificationResult result = random_result(80, 4, 1, 1, 100 + seed).result;
    result.statistics = {.resamples = 0, .permutations = 500};
    summarize_classification(result);
    rejected += result.comparisons[0].p < 0.05;
  }
  EXPECT_LE(rejected, 8);
}

TEST(Multilabel, RefusesWrongInput) {
  ClassifiedModel model;
  const std::vector<std::vector<int64_t>> outside = {{4}};
  expect_error(ErrorCode::invalid_argument, "cannot rank 1 images",
               [&] { rank_images(Matrix(1, 2), Matrix(3, 4), outside, model); });
  expect_error(ErrorCode::invalid_argument, "image 0 has the class 4 of 3",
               [&] { rank_images(Matrix(1, 2), Matrix(3, 2), outside, model); });
  ClassificationResult result = result_of({{}, {}}, 2);
  add_model(result, {{1, 2}, {2, 1}});
  expect_error(ErrorCode::invalid_argument, "no image has a class",
               [&] { summarize_classification(result); });
  result.models[0].orders.pop_back();
  expect_error(ErrorCode::invalid_argument, "has no order of the 2 images for each of the 2",
               [&] { summarize_classification(result); });
}

}  // namespace
}  // namespace sightline
