// Zero-shot classification: CLIP_benchmark's figures, and statistics.
#include <gtest/gtest.h>
#include <sightline/classification.h>
#include <sightline/error.h>

#include <cmath>

#include "base/file.h"
#include "base/json.h"
#include "expect_error.h"
#include "unit/eval/json_matrix.h"

namespace sightline {
namespace {

using test::expect_error;
using test::matrix_of;

// A result of these ranks, for `classes` classes.
ClassificationResult result_of(const std::vector<int64_t>& image_classes, size_t classes,
                               const std::vector<std::vector<int64_t>>& ranks) {
  ClassificationResult result;
  for (size_t c = 0; c < classes; ++c)
    result.classes.push_back({"class " + std::to_string(c), "", 0, 1});
  for (const int64_t c : image_classes) {
    result.images.push_back({std::to_string(result.images.size()), "", c});
    ++result.classes[static_cast<size_t>(c)].images;
  }
  for (const auto& of_model : ranks) {
    ClassifiedModel model;
    model.label = "model " + std::to_string(result.models.size());
    model.ranks = of_model;
    model.predicted = image_classes;
    result.models.push_back(model);
  }
  result.statistics.resamples = 2000;
  result.statistics.permutations = 2000;
  return result;
}

TEST(Classification, HasTheFiguresOfClipBenchmark) {
  const auto golden = nlohmann::json::parse(
      read_text_file(SIGHTLINE_SOURCE_DIR "/tests/golden/classification.json"));
  const auto classes = golden["prompt_class"].get<std::vector<int64_t>>();
  const auto target = golden["target"].get<std::vector<int64_t>>();
  const Matrix classifier = zero_shot_classifier(matrix_of(golden["prompts"]), classes, 7);
  const Matrix expected = matrix_of(golden["classifier"]);
  for (size_t i = 0; i < expected.values.size(); ++i)
    EXPECT_NEAR(classifier.values[i], expected.values[i], 1e-6);
  ClassificationResult result = result_of(target, 7, {std::vector<int64_t>(target.size())});
  classify(matrix_of(golden["images"]), classifier, target, result.models[0]);
  EXPECT_EQ(result.models[0].predicted, golden["predicted"].get<std::vector<int64_t>>());
  summarize_classification(result);
  const ClassifiedModel& model = result.models[0];
  EXPECT_NEAR(model.values[0], golden["acc1"].get<double>(), 1e-12);
  EXPECT_NEAR(model.values[1], golden["acc5"].get<double>(), 1e-12);
  EXPECT_NEAR(model.values[2], golden["mean_per_class_recall"].get<double>(), 1e-12);
  EXPECT_TRUE(std::isnan(model.class_recall[5]));  // no image
  for (const ClassMetric metric : metrics_of(result)) {
    const auto& interval = model.intervals[static_cast<size_t>(metric)];
    ASSERT_TRUE(interval);
    EXPECT_LT(interval->low, interval->high);
  }
  EXPECT_FALSE(model.intervals[3]);
}

TEST(Classification, CountsTiesAgainstTheModel) {
  Matrix images(1, 2), classifier(3, 2);
  images.values = {1, 0};
  classifier.values = {0, 1, 1, 0, 1, 0};
  ClassifiedModel model;
  classify(images, classifier, std::vector<int64_t>{2}, model);
  EXPECT_EQ(model.ranks, std::vector<int64_t>{2});
  EXPECT_EQ(model.predicted, std::vector<int64_t>{1});
}

TEST(Classification, RefusesWrongSizes) {
  ClassifiedModel model;
  const std::vector<int64_t> one = {0}, outside = {4};
  expect_error(ErrorCode::invalid_argument, "cannot classify 1 images",
               [&] { classify(Matrix(1, 2), Matrix(3, 4), one, model); });
  expect_error(ErrorCode::invalid_argument, "image 0 has the class 4 of 3",
               [&] { classify(Matrix(1, 2), Matrix(3, 2), outside, model); });
  expect_error(ErrorCode::invalid_argument, "class 1 has no prompt", [&] {
    Matrix prompts(1, 2);
    prompts.values = {1, 0};
    zero_shot_classifier(prompts, one, 2);
  });
}

TEST(Classification, HasNoAcc5ForFourClasses) {
  ClassificationResult result = result_of({0, 1, 2, 3}, 4, {{1, 2, 1, 1}, {1, 1, 1, 1}});
  summarize_classification(result);
  EXPECT_TRUE(std::isnan(result.models[0].values[1]));
  EXPECT_FALSE(result.models[0].intervals[1]);
  EXPECT_TRUE(std::isnan(chance_of(result, ClassMetric::accuracy_at_5)));
  for (const ClassComparison& c : result.comparisons)
    EXPECT_NE(c.metric, ClassMetric::accuracy_at_5);
}

TEST(Classification, MeanRecallWeighsClassesEqually) {
  // Class 0: 6 of 8 right; class 1: 0 of 2.
  ClassificationResult result =
      result_of({0, 0, 0, 0, 0, 0, 0, 0, 1, 1}, 2, {{1, 1, 1, 1, 1, 1, 2, 2, 2, 2}});
  summarize_classification(result);
  EXPECT_DOUBLE_EQ(result.models[0].values[0], 0.6);
  EXPECT_DOUBLE_EQ(result.models[0].values[2], 0.375);
  EXPECT_DOUBLE_EQ(result.models[0].class_recall[0], 0.75);
}

TEST(Classification, ComparesModelsOnTheSameImages) {
  std::vector<int64_t> classes, good, bad;
  for (int64_t i = 0; i < 60; ++i) {
    classes.push_back(i % 6);
    good.push_back(i % 10 == 0 ? 2 : 1);
    bad.push_back(i % 2 == 0 ? 6 : 1);
  }
  ClassificationResult result = result_of(classes, 6, {good, bad, good});
  summarize_classification(result);
  ASSERT_EQ(result.comparisons.size(), 9u);
  const ClassComparison& first = result.comparisons[0];
  EXPECT_DOUBLE_EQ(first.difference, 0.9 - 0.5);
  EXPECT_LT(first.p_corrected, 0.05);
  ASSERT_TRUE(first.interval);
  EXPECT_GT(first.interval->low, 0);
  EXPECT_EQ(result.comparisons[1].p, 1);  // equal models
  EXPECT_EQ(best_models(result, ClassMetric::accuracy_at_1), (std::vector<int>{0, 2}));
}

// A bootstrap of one value per image has the standard error of a share.
TEST(Classification, IntervalHasTheWidthOfABinomialShare) {
  std::vector<int64_t> classes, ranks;
  for (int64_t i = 0; i < 400; ++i) {
    classes.push_back(i % 5);
    ranks.push_back(i % 4 == 0 ? 2 : 1);
  }
  ClassificationResult result = result_of(classes, 5, {ranks});
  summarize_classification(result);
  const Interval interval = *result.models[0].intervals[0];
  EXPECT_NEAR(interval.high - interval.low, 2 * 1.96 * std::sqrt(0.75 * 0.25 / 400), 0.01);
}

}  // namespace
}  // namespace sightline
