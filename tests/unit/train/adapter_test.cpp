#include "train/fine_tune/adapter.h"

#include <gtest/gtest.h>
#include <sightline/model.h>

#include <cmath>

#include "base/random.h"
#include "train/fine_tune/figures.h"
#include "train/fine_tune/products.h"

namespace sightline {
namespace {

Matrix random_matrix(int64_t rows, int64_t dim, Random& random) {
  Matrix matrix(rows, dim);
  for (float& value : matrix.values) value = static_cast<float>(random.normal());
  return matrix;
}

// Texts are their image turned by `turn`, with noise; two texts for every third image.
RetrievalSet made_set(int64_t images, const Matrix& turn, Random& random) {
  RetrievalSet set;
  set.images = random_matrix(images, turn.dim, random);
  for (int64_t i = 0; i < images; ++i) {
    for (int64_t n = 0; n < (i % 3 == 0 ? 2 : 1); ++n) set.text_image.push_back(i);
  }
  Matrix own(static_cast<int64_t>(set.text_image.size()), turn.dim);
  for (int64_t t = 0; t < own.rows; ++t)
    std::ranges::copy(set.images.row(set.text_image[static_cast<size_t>(t)]), own.row(t).begin());
  set.texts = product(own, turn);
  for (float& value : set.texts.values) value += static_cast<float>(0.3 * random.normal());
  normalize_rows(set.images);
  normalize_rows(set.texts);
  return set;
}

Matrix turn_of(int64_t dim, double strength, Random& random) {
  Matrix turn = identity_maps(dim).image;
  for (float& value : turn.values)
    value += static_cast<float>(strength * random.normal() / std::sqrt(static_cast<double>(dim)));
  return turn;
}

TEST(Products, EqualSumsInOrder) {
  Random random{1};
  for (const auto& [m, k, n] : {std::array<int64_t, 3>{1, 1, 1}, {7, 33, 65}, {70, 5, 300}}) {
    const Matrix a = random_matrix(m, k, random), b = random_matrix(k, n, random);
    const Matrix c = product(a, b), t = transposed(a);
    for (int64_t i = 0; i < m; ++i) {
      for (int64_t j = 0; j < n; ++j) {
        double sum = 0;
        for (int64_t x = 0; x < k; ++x) {
          sum += static_cast<double>(a.row(i)[static_cast<size_t>(x)]) *
                 b.row(x)[static_cast<size_t>(j)];
          EXPECT_EQ(t.row(x)[static_cast<size_t>(i)], a.row(i)[static_cast<size_t>(x)]);
        }
        EXPECT_NEAR(c.row(i)[static_cast<size_t>(j)], sum, 1e-4);
      }
    }
  }
}

TEST(Adapter, GradientEqualsFiniteDifferences) {
  Random random{2};
  const int64_t dim = 6;
  const RetrievalSet batch = made_set(9, turn_of(dim, 0.5, random), random);
  AdapterMaps maps{turn_of(dim, 0.5, random), turn_of(dim, 0.5, random)};
  const AdapterLoss loss{.logit_scale = 5, .ridge = 0.05, .smoothing = 0.1};
  AdapterMaps gradient, unused;
  adapter_loss(batch, maps, loss, gradient);
  for (const auto& [map, expected] :
       {std::pair{&maps.image, &gradient.image}, std::pair{&maps.text, &gradient.text}}) {
    for (size_t i = 0; i < map->values.size(); ++i) {
      const float value = map->values[i], step = 0.01f;
      map->values[i] = value + step;
      const double above = adapter_loss(batch, maps, loss, unused);
      map->values[i] = value - step;
      const double below = adapter_loss(batch, maps, loss, unused);
      map->values[i] = value;
      EXPECT_NEAR((above - below) / (2 * step), expected->values[i], 2e-3) << i;
    }
  }
}

// One batch of two images, computed by hand: identical texts of one image are no negatives of it.
TEST(Adapter, CaptionsOfOneImageShareItsTarget) {
  RetrievalSet batch;
  batch.images = Matrix(2, 2);
  batch.images.values = {1, 0, 0, 1};
  batch.texts = Matrix(3, 2);
  batch.texts.values = {1, 0, 1, 0, 0, 1};
  batch.text_image = {0, 0, 1};
  AdapterMaps gradient;
  const double e = std::exp(1.0);
  const double images = (-std::log(e / (2 * e + 1)) - std::log(e / (e + 2))) / 2;
  const double texts = -std::log(e / (e + 1));
  EXPECT_NEAR(adapter_loss(batch, identity_maps(2), {.logit_scale = 1}, gradient),
              (images + texts) / 2, 1e-6);
}

TEST(Adapter, LearnsATurnAndRepeats) {
  Random random{3};
  const Matrix turn = turn_of(24, 4, random);
  const RetrievalSet train = made_set(150, turn, random), validation = made_set(100, turn, random),
                     test = made_set(100, turn, random);
  AdapterTraining training;
  training.logit_scale = 20;
  training.learning_rate = 1e-2;
  const std::string metric = "text-to-image R@1";
  const AdapterResult result = train_adapter(train, validation, metric, training);
  const double before = choice_value(test, metric).mrr;
  const double after = choice_value(apply_maps(test, result.maps), metric).mrr;
  EXPECT_GT(after, before + 0.2) << before;
  EXPECT_EQ(result.trials.size(), 6u);
  EXPECT_EQ(train_adapter(train, validation, metric, training).maps.image.values,
            result.maps.image.values);
  const AdapterMaps none = interpolate_maps(result.maps, 0), all = interpolate_maps(result.maps, 1);
  EXPECT_EQ(none.image.values, identity_maps(24).image.values);
  EXPECT_EQ(all.text.values, result.maps.text.values);
}

TEST(Figures, CompareTheSameQueries) {
  Random random{4};
  const Matrix turn = turn_of(16, 2, random);
  const RetrievalSet before = made_set(120, turn, random);
  RetrievalSet after = before;
  for (int64_t t = 0; t < after.texts.rows; ++t)
    std::ranges::copy(after.images.row(after.text_image[static_cast<size_t>(t)]),
                      after.texts.row(t).begin());
  const FigureSums a = figure_sums(before, rank_pairs(before)),
                   b = figure_sums(after, rank_pairs(after));
  const auto figures = compare_figures(a, b, "image-to-text MRR", {.resamples = 500}, {});
  ASSERT_EQ(figures.size(), fine_tune_figures().size());
  EXPECT_EQ(figures[0].name, "image-to-text MRR");
  EXPECT_EQ(figures[0].queries, 120);
  EXPECT_EQ(figures[1].name, "text-to-image R@1");
  EXPECT_EQ(figures[1].queries, 160);
  EXPECT_GT(figures[1].low, 0);
  EXPECT_LE(figures[1].low, figures[1].difference);
  EXPECT_GE(figures[1].high, figures[1].difference);
  const auto equal = compare_figures(a, a, "R@1", {.resamples = 500}, {});
  EXPECT_EQ(equal[0].low, 0);
  EXPECT_EQ(equal[0].high, 0);
  EXPECT_EQ(equal[0].p, 1);
}

}  // namespace
}  // namespace sightline
