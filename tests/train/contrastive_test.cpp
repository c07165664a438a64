// The parts of contrastive training, against definitions in double precision.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>
#include <vector>

#include "train/torch/contrastive_loss.h"
#include "train/torch/gradient_cache.h"
#include "train/torch/hard_negatives.h"

namespace sightline {
namespace {

at::Tensor unit_rows(int64_t rows, int64_t columns, int64_t seed) {
  std::mt19937_64 random(static_cast<uint64_t>(seed));
  std::normal_distribution<float> normal;
  at::Tensor x = at::empty({rows, columns});
  for (int64_t i = 0; i < x.numel(); ++i) x.data_ptr<float>()[i] = normal(random);
  return x / x.norm(2, 1, true);
}

double similarity(const at::Tensor& a, int64_t i, const at::Tensor& b, int64_t j) {
  return a[i].to(at::kDouble).dot(b[j].to(at::kDouble)).item<double>();
}

// The definition of contrastive_loss, pair by pair.
double reference_loss(const at::Tensor& images, const at::Tensor& texts,
                      const std::vector<int64_t>& image, const std::vector<int64_t>& identity,
                      double scale, double smoothing) {
  const auto has = [&](int64_t i, size_t t) {
    for (size_t other = 0; other < image.size(); ++other) {
      if (image[other] == i && identity[other] == identity[t]) return true;
    }
    return false;
  };
  const auto cross_entropy = [&](double own, const std::vector<double>& all) {
    double sum = 0, uniform = 0;
    for (const double s : all) sum += std::exp(s);
    for (const double s : all) uniform += (std::log(sum) - s) / static_cast<double>(all.size());
    return (1 - smoothing) * (std::log(sum) - own) + smoothing * uniform;
  };
  double total = 0;
  for (size_t t = 0; t < image.size(); ++t) {
    const auto own_texts = std::ranges::count(image, image[t]);
    const auto at_text = static_cast<int64_t>(t);
    const double own = scale * similarity(images, image[t], texts, at_text);
    std::vector<double> of_text = {own}, of_image = {own};
    for (int64_t i = 0; i < images.size(0); ++i) {
      if (i != image[t] && !has(i, t))
        of_text.push_back(scale * similarity(images, i, texts, at_text));
    }
    for (size_t other = 0; other < image.size(); ++other) {
      if (!has(image[t], other))
        of_image.push_back(scale *
                           similarity(images, image[t], texts, static_cast<int64_t>(other)));
    }
    total += (cross_entropy(own, of_text) + cross_entropy(own, of_image)) / 2 /
             static_cast<double>(own_texts * images.size(0));
  }
  return total;
}

TEST(ContrastiveLoss, IsTheDefinition) {
  const at::Tensor images = unit_rows(5, 8, 1), texts = unit_rows(9, 8, 2);
  const std::vector<int64_t> image = {0, 0, 1, 2, 2, 2, 3, 4, 4};
  // Texts 1 and 2 are equal, of the images 0 and 1; so are 6 and 8, of 3 and 4.
  const std::vector<int64_t> identity = {0, 1, 1, 3, 4, 5, 6, 7, 6};
  for (const double smoothing : {0.0, 0.1}) {
    const at::Tensor loss =
        contrastive_loss(images, texts, {image, identity}, at::tensor(20.0), smoothing);
    EXPECT_NEAR(loss.item<double>(), reference_loss(images, texts, image, identity, 20, smoothing),
                1e-5);
  }
}

TEST(ContrastiveLoss, WithOneTextPerImageIsThatOfClip) {
  const at::Tensor images = unit_rows(6, 8, 3), texts = unit_rows(6, 8, 4);
  const std::vector<int64_t> each = {0, 1, 2, 3, 4, 5};
  const at::Tensor logits = at::matmul(images, texts.t()) * 30;
  const at::Tensor target = at::arange(6, at::kLong);
  const at::Tensor expected =
      (at::cross_entropy_loss(logits, target) + at::cross_entropy_loss(logits.t(), target)) / 2;
  EXPECT_NEAR(contrastive_loss(images, texts, {each, each}, at::tensor(30.0)).item<double>(),
              expected.item<double>(), 1e-5);
}

TEST(ContrastiveLoss, AllEqualTextsHaveNoNegatives) {
  const at::Tensor images = unit_rows(3, 4, 5), texts = unit_rows(3, 4, 6);
  const std::vector<int64_t> image = {0, 1, 2}, identity = {7, 7, 7};
  EXPECT_NEAR(contrastive_loss(images, texts, {image, identity}, at::tensor(10.0)).item<double>(),
              0, 1e-6);
}

// The gradient of a linear tower's weight.
at::Tensor gradient(int64_t chunk, double& loss) {
  const at::Tensor x = unit_rows(10, 6, 7), y = unit_rows(10, 6, 8);
  const at::Tensor weight = unit_rows(6, 6, 9).set_requires_grad(true);
  const ChunkedInputs images{10, [&](int64_t begin, int64_t end) {
                               return at::linear(x.slice(0, begin, end), weight).tanh();
                             }};
  const ChunkedInputs texts{10, [&](int64_t begin, int64_t end) { return y.slice(0, begin, end); }};
  const std::vector<ChunkedInputs> towers = {images, texts};
  loss = add_gradients_in_chunks(towers, chunk, [](std::span<const at::Tensor> vectors) {
    return at::matmul(vectors[0], vectors[1].t()).pow(2).mean();
  });
  return weight.grad();
}

TEST(GradientCache, ChunksHaveTheGradientOfTheBatch) {
  double whole_loss = 0;
  const at::Tensor whole = gradient(0, whole_loss);
  for (const int64_t chunk : {1, 3, 5, 9, 10, 20}) {
    double loss = 0;
    const at::Tensor chunked = gradient(chunk, loss);
    EXPECT_NEAR(loss, whole_loss, 1e-7);
    EXPECT_LT((chunked - whole).abs().max().item<double>(), 1e-6 * whole.norm().item<double>());
  }
}

TEST(GradientCache, ALossThatIsNotFiniteHasNoGradients) {
  const at::Tensor weight = at::zeros({2}).set_requires_grad(true);
  const std::vector<ChunkedInputs> towers = {
      {2, [&](int64_t begin, int64_t end) { return weight.slice(0, begin, end).unsqueeze(1); }}};
  const double loss = add_gradients_in_chunks(
      towers, 1, [](std::span<const at::Tensor> vectors) { return vectors[0].log().sum(); });
  EXPECT_FALSE(std::isfinite(loss));
  EXPECT_FALSE(weight.grad().defined());
}

TEST(HardNegatives, AreTheMostSimilarUnusedImages) {
  // Vectors on a circle: neighbours in `angle` are similar.
  const std::vector<float> angle = {0.0f, 3.0f, 0.1f, 2.9f, 1.5f, 1.6f};
  at::Tensor x = at::empty({6, 2});
  for (int64_t i = 0; i < 6; ++i) {
    x[i][0] = std::cos(angle[static_cast<size_t>(i)]);
    x[i][1] = std::sin(angle[static_cast<size_t>(i)]);
  }
  const std::vector<int64_t> samples = {10, 11, 12, 13, 14, 15};
  EXPECT_EQ(with_hard_negatives(samples, 2, 1, x, x),
            (std::vector<int64_t>{10, 12, 11, 13, 14, 15}));
}

TEST(HardNegatives, KeepEverySample) {
  std::vector<int64_t> samples;
  for (int64_t i = 0; i < 23; ++i) samples.push_back(100 + i);
  const at::Tensor x = unit_rows(23, 4, 10);
  for (const int64_t hard : {0, 1, 4}) {
    const auto order = with_hard_negatives(samples, 5, hard, x, x);
    EXPECT_EQ(std::set<int64_t>(order.begin(), order.end()),
              std::set<int64_t>(samples.begin(), samples.end()));
    EXPECT_EQ(order.size(), samples.size());
  }
}

}  // namespace
}  // namespace sightline
