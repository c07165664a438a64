// Intervals and comparisons of a whole experiment.
#include "eval/uncertainty.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include <algorithm>

#include "base/random.h"
#include "eval/bootstrap.h"
#include "eval/intervals.h"

namespace sightline {
namespace {

// Two models over images with one to three captions, in two splits; the first model is better.
ExperimentResult two_models(int images) {
  ExperimentResult result;
  RetrievalSet set;
  Random random({4});
  for (int n = 0; n < images; ++n) {
    result.rows.push_back({std::to_string(n), n % 2 == 0 ? "even" : "odd", {}});
    for (int c = 0; c <= n % 3; ++c) {
      result.rows.back().captions.push_back("x");
      result.text_row.push_back(n);
      result.text_caption.push_back(c);
    }
  }
  set.text_image = result.text_row;
  for (const double noise : {0.5, 1.5}) {
    set.images = Matrix(images, 8);
    set.texts = Matrix(static_cast<int64_t>(set.text_image.size()), 8);
    for (float& v : set.images.values) v = static_cast<float>(random.normal());
    for (int64_t t = 0; t < set.texts.rows; ++t) {
      for (size_t d = 0; d < 8; ++d) {
        set.texts.row(t)[d] = set.images.row(set.text_image[static_cast<size_t>(t)])[d] +
                              static_cast<float>(noise * random.normal());
      }
    }
    ModelResult model;
    model.label = std::to_string(noise);
    model.ranks = rank_pairs(set);
    model.metrics = summarize(set, model.ranks, result.top_k);
    model.by_split["even"] = model.by_split["odd"] = model.metrics;
    result.models.push_back(std::move(model));
  }
  result.statistics.resamples = 500;
  result.statistics.permutations = 500;
  return result;
}

TEST(Uncertainty, EveryMetricOfEveryViewHasAnInterval) {
  ExperimentResult result = two_models(60);
  add_statistics(result);
  EXPECT_EQ(result.clusters, 60);
  for (const ModelResult& model : result.models) {
    for (int v = 0; v < kViewCount; ++v) {
      for (const RetrievalMetrics* metrics :
           {&model.metrics, &model.by_split.at("even"), &model.by_split.at("odd")}) {
        const DirectionMetrics& d = metrics_of(*metrics, static_cast<View>(v));
        ASSERT_EQ(d.intervals.size(), static_cast<size_t>(kMetricCount));
        for (const Interval& i : d.intervals) EXPECT_LE(i.low, i.high);
      }
      const DirectionMetrics& d = metrics_of(model.metrics, static_cast<View>(v));
      for (int m = 0; m < kMetricCount; ++m) {
        const auto metric = static_cast<Metric>(m);
        EXPECT_LE(metric_interval(d, metric)->low, metric_value(d, metric) + 1e-9)
            << metric_name(metric);
        EXPECT_GE(metric_interval(d, metric)->high, metric_value(d, metric) - 1e-9)
            << metric_name(metric);
      }
      EXPECT_NEAR(metric_interval(d, Metric::score)->low,
                  metric_interval(d, Metric::accuracy)->low * static_cast<double>(d.queries), 1e-9);
    }
  }
}

TEST(Uncertainty, IsTheBootstrapOfImagesWithAllTheirCaptions) {
  ExperimentResult result = two_models(30);
  add_statistics(result);
  RatioStatistic hits = {std::vector<double>(30), std::vector<double>(30)};
  const ModelResult& model = result.models[1];
  for (size_t t = 0; t < result.text_row.size(); ++t) {
    hits.sum[static_cast<size_t>(result.text_row[t])] += model.ranks.text_rank[t] <= result.top_k;
    hits.weight[static_cast<size_t>(result.text_row[t])] += 1;
  }
  auto values = bootstrap(30, {&hits, 1}, {}, 500, 1).ratios[0];
  const DirectionMetrics& d = model.metrics.text_to_image;
  const Interval expected = bca_interval(d.accuracy, values, jackknife(hits), 0.95);
  EXPECT_DOUBLE_EQ(metric_interval(d, Metric::accuracy)->low, expected.low);
  EXPECT_DOUBLE_EQ(metric_interval(d, Metric::accuracy)->high, expected.high);
}

TEST(Uncertainty, AccuracyAtKHasTheIntervalsOfTheMetrics) {
  ExperimentResult result = two_models(60);
  add_statistics(result);
  for (const ModelResult& model : result.models) {
    for (const View view : {View::text_to_image, View::image_to_text}) {
      const DirectionMetrics& d = metrics_of(model.metrics, view);
      ASSERT_EQ(d.accuracy_at_k.size(), 50u);
      ASSERT_EQ(d.accuracy_at_k_intervals.size(), 50u);
      const std::pair<size_t, Metric> same[] = {{1, Metric::recall_at_1},
                                                {5, Metric::recall_at_5},
                                                {10, Metric::recall_at_10},
                                                {5, Metric::accuracy}};
      for (const auto& [k, metric] : same) {
        EXPECT_EQ(d.accuracy_at_k[k - 1], metric_value(d, metric)) << metric_name(metric);
        EXPECT_EQ(d.accuracy_at_k_intervals[k - 1].low, metric_interval(d, metric)->low);
        EXPECT_EQ(d.accuracy_at_k_intervals[k - 1].high, metric_interval(d, metric)->high);
      }
      EXPECT_TRUE(std::ranges::is_sorted(d.accuracy_at_k));
    }
    EXPECT_TRUE(model.metrics.text_to_image_equivalent.accuracy_at_k_intervals.empty());
    EXPECT_TRUE(model.by_split.at("odd").text_to_image.accuracy_at_k_intervals.empty());
  }
}

TEST(Uncertainty, AccuracyAtKEndsAtTheNumberOfCandidates) {
  ExperimentResult result = two_models(7);  // 13 captions
  add_statistics(result);
  EXPECT_EQ(result.models[0].metrics.text_to_image.accuracy_at_k_intervals.size(), 7u);
  EXPECT_EQ(result.models[0].metrics.image_to_text.accuracy_at_k_intervals.size(), 13u);
}

TEST(Uncertainty, TestsFindTheBetterModel) {
  ExperimentResult result = two_models(120);
  add_statistics(result);
  ASSERT_FALSE(result.comparisons.empty());
  for (const MetricComparison& c : result.comparisons) {
    EXPECT_EQ(c.a, 0);
    EXPECT_EQ(c.b, 1);
    EXPECT_GT(c.difference, 0);
    EXPECT_GT(c.interval->low, 0);
    EXPECT_LT(c.p, 0.01);
    EXPECT_EQ(c.p_corrected, c.p);  // a single pair
  }
}

TEST(Uncertainty, EqualModelsDoNotDiffer) {
  ExperimentResult result = two_models(20);
  result.models[1] = result.models[0];
  add_statistics(result);
  for (const MetricComparison& c : result.comparisons) {
    EXPECT_EQ(c.p, 1);
    EXPECT_EQ(c.interval->low, 0);
    EXPECT_EQ(c.interval->high, 0);
  }
}

TEST(Uncertainty, ZeroResamplesAndPermutationsDisableBoth) {
  ExperimentResult result = two_models(10);
  result.statistics.resamples = result.statistics.permutations = 0;
  add_statistics(result);
  EXPECT_TRUE(result.comparisons.empty());
  EXPECT_TRUE(result.models[0].metrics.text_to_image.intervals.empty());
  EXPECT_EQ(result.models[0].metrics.text_to_image.accuracy_at_k.size(), 10u);
  EXPECT_TRUE(result.models[0].metrics.text_to_image.accuracy_at_k_intervals.empty());
  result.statistics.confidence = 1;
  EXPECT_THROW(add_statistics(result), Error);
}

}  // namespace
}  // namespace sightline
