#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "reference.h"

namespace sightline::test {
namespace {

// Results have about unit variance (weights are scaled by 1 / sqrt(K * R * R)): absolute tolerances
// for float32 sums of that many products, as for linear layers; the batch norm multiplies a channel
// and its error by up to 5 (gamma up to 3, variance from 0.4). Measured 1.5e-5 at most.
struct ConvolutionCase {
  const char* name;
  Shape x;  // (B, H, W, K)
  int64_t out, kernel, stride, padding;
  bool bias, norm;
  Activation activation;
  bool residual;
  double tolerance;
};

void PrintTo(const ConvolutionCase& c, std::ostream* out) {
  *out << c.name;
}

// Positive values, far from 1.
Tensor random_variance(int64_t channels, uint32_t seed) {
  Tensor variance = random_tensor({channels}, seed);
  for (int64_t i = 0; i < channels; ++i) {
    float& value = variance.data<float>()[i];
    value = 0.4f + value * value;
  }
  return variance;
}

class ConvolutionOp : public testing::TestWithParam<ConvolutionCase> {
 protected:
  void SetUp() override {
    const ConvolutionCase& c = GetParam();
    const int64_t inputs = c.x[3] * c.kernel * c.kernel;
    x_ = random_tensor(c.x, 1);
    spec_.weight = random_tensor({c.out, c.x[3], c.kernel, c.kernel}, 2,
                                 1.f / std::sqrt(static_cast<float>(inputs)));
    if (c.bias) spec_.bias = random_tensor({c.out}, 3);
    if (c.norm) {
      spec_.norm = {random_tensor({c.out}, 4), random_tensor({c.out}, 5), random_tensor({c.out}, 6),
                    random_variance(c.out, 7)};
    }
    spec_.stride = c.stride;
    spec_.padding = c.padding;
    shape_ = {c.x[0], (c.x[1] + 2 * c.padding - c.kernel) / c.stride + 1,
              (c.x[2] + 2 * c.padding - c.kernel) / c.stride + 1, c.out};
    if (c.residual) residual_ = random_tensor(shape_, 8);
  }
  Tensor run(Ops& ops) const {
    const Convolution weights =
        ops.convolution_weights("c", spec_.norm.gamma.defined() ? "n" : "", spec_);
    EXPECT_EQ(weights->out_channels, spec_.weight.dim(0));
    EXPECT_EQ(weights->in_channels, spec_.weight.dim(1));
    EXPECT_EQ(weights->kernel, spec_.weight.dim(2));
    const Tensor residual = residual_.defined() ? ops.from_host(residual_) : Tensor();
    return ops.to_host(
        ops.convolution(ops.from_host(x_), weights, GetParam().activation, residual));
  }
  ConvolutionSpec spec_;
  Tensor x_, residual_;
  Shape shape_;
};

TEST_P(ConvolutionOp, OnednnAgreesWithTheDefinition) {
  const Tensor y = run(*create_ops(Backend::cpu));
  ASSERT_EQ(y.shape(), shape_);
  const auto reference = reference_convolution(x_, spec_, GetParam().activation, residual_);
  EXPECT_LE(difference(y, reference).largest, GetParam().tolerance);
}

// torch does not fold the batch norm, so this compares the folding.
TEST_P(ConvolutionOp, OnednnAgreesWithTorch) {
  const auto torch = torch_or_null();
  if (!torch) GTEST_SKIP() << kNoTorch;
  EXPECT_LE(difference(run(*create_ops(Backend::cpu)), run(*torch)).largest, GetParam().tolerance);
}

constexpr auto kNone = Activation::none;
constexpr auto kRelu = Activation::relu;

INSTANTIATE_TEST_SUITE_P(
    Sizes, ConvolutionOp,
    testing::Values(
        ConvolutionCase{"one_by_one", {1, 1, 1, 1}, 1, 1, 1, 0, false, false, kNone, false, 1e-6},
        ConvolutionCase{"bias", {2, 5, 7, 3}, 5, 3, 1, 1, true, false, kNone, false, 4e-6},
        ConvolutionCase{"bias_and_norm", {2, 5, 7, 3}, 5, 3, 1, 1, true, true, kNone, false, 1e-5},
        ConvolutionCase{"odd_stride", {3, 9, 11, 5}, 7, 3, 2, 1, false, true, kRelu, false, 1e-5},
        ConvolutionCase{"odd_residual", {3, 9, 11, 5}, 7, 3, 2, 1, false, true, kRelu, true, 1e-5},
        ConvolutionCase{
            "residual_alone", {2, 6, 6, 17}, 19, 1, 1, 0, false, false, kNone, true, 4e-6},
        ConvolutionCase{
            "gelu", {1, 4, 4, 9}, 6, 2, 2, 0, true, false, Activation::gelu, true, 4e-6},
        ConvolutionCase{"quick_gelu",
                        {1, 4, 4, 9},
                        6,
                        2,
                        2,
                        0,
                        true,
                        false,
                        Activation::quick_gelu,
                        true,
                        4e-6},
        ConvolutionCase{"wide_kernel", {1, 3, 3, 4}, 4, 7, 1, 3, false, false, kNone, false, 4e-6},
        ConvolutionCase{"channels_40", {2, 9, 9, 40}, 40, 3, 1, 1, false, true, kRelu, false, 1e-5},
        ConvolutionCase{
            "stem_resnet", {1, 224, 224, 3}, 64, 7, 2, 3, false, true, kRelu, false, 1e-5},
        ConvolutionCase{
            "stem_clip", {2, 224, 224, 3}, 32, 3, 2, 1, false, true, kRelu, false, 1e-5},
        ConvolutionCase{
            "layer1_expand", {1, 56, 56, 64}, 256, 1, 1, 0, false, true, kRelu, true, 1e-5},
        ConvolutionCase{
            "layer2_stride", {1, 56, 56, 128}, 128, 3, 2, 1, false, true, kRelu, false, 3e-5},
        ConvolutionCase{
            "layer2_shortcut", {1, 56, 56, 256}, 512, 1, 2, 0, false, true, kNone, false, 3e-5},
        ConvolutionCase{"layer3", {2, 14, 14, 256}, 256, 3, 1, 1, false, true, kRelu, false, 3e-5},
        ConvolutionCase{
            "layer4_reduce", {3, 7, 7, 2048}, 512, 1, 1, 0, false, true, kRelu, false, 3e-5},
        ConvolutionCase{
            "layer4_expand", {3, 7, 7, 512}, 2048, 1, 1, 0, false, true, kRelu, true, 3e-5}),
    [](const auto& c) { return std::string(c.param.name); });

// The activation comes after the residual: it applies to the sum.
TEST(Convolution, ActivatesTheSumWithTheResidual) {
  ConvolutionSpec spec;
  spec.weight = Tensor({1, 1, 1, 1}, DType::f32);
  *spec.weight.data<float>() = 1;
  Tensor x({1, 1, 4, 1}, DType::f32), residual({1, 1, 4, 1}, DType::f32);
  const float values[] = {2, 2, -2, -2}, added[] = {-3, 3, 3, -3};
  std::copy_n(values, 4, x.data<float>());
  std::copy_n(added, 4, residual.data<float>());
  for (const char* backend : {"cpu", "torch"}) {
    const auto ops =
        backend == std::string("torch") ? torch_or_null() : create_ops(parse_backend(backend));
    if (!ops) continue;
    const Convolution weights = ops->convolution_weights("c", "", spec);
    const Tensor given = ops->from_host(residual);
    const Tensor y = ops->to_host(ops->convolution(ops->from_host(x), weights, kRelu, given));
    EXPECT_EQ(difference(y, Doubles{0, 5, 1, 0}).largest, 0) << backend;
    // The caller keeps the residual, which is unchanged.
    EXPECT_EQ(difference(ops->to_host(given), Doubles{-3, 3, 3, -3}).largest, 0) << backend;
  }
}

// A residual whose last handle is moved in may become the result; a part of another tensor, or one
// that the caller keeps, may not.
TEST(Convolution, OnlyTakesAResidualThatNobodyElseHas) {
  const auto ops = create_ops(Backend::cpu);
  ConvolutionSpec spec;
  spec.weight = random_tensor({40, 24, 1, 1}, 2, 0.2f);
  const Convolution weights = ops->convolution_weights("c", "", spec);
  const Tensor x = random_tensor({2, 5, 6, 24}, 1), added = random_tensor({2, 5, 6, 40}, 3);
  const Doubles expected = reference_convolution(x, spec, kRelu, added);
  Tensor given = random_tensor({2, 5, 6, 40}, 3);
  const void* const memory = given.raw();
  const Tensor taken = ops->convolution(x, weights, kRelu, std::move(given));
  EXPECT_EQ(taken.raw(), memory);
  EXPECT_LE(difference(taken, expected).largest, 4e-6);
  const Tensor kept = random_tensor({2, 5, 6, 40}, 3);
  EXPECT_LE(difference(ops->convolution(x, weights, kRelu, kept), expected).largest, 4e-6);
  EXPECT_LE(difference(ops->convolution(x, weights, kRelu, kept.slice(0, 2)), expected).largest,
            4e-6);
  EXPECT_EQ(difference(kept, added).largest, 0);
}

// The layers of a ResNet in low precision: whole panels, a batch norm, ReLU or none, a residual
// that is kept or moved in.
TEST(Convolution, LowPrecisionsAreCloseToTheDefinition) {
  for (const auto& [precision, tolerance] :
       {std::pair{Precision::bf16, 0.012}, {Precision::int8, 0.03}}) {  // of the largest element
    const auto ops = create_ops(Backend::cpu, {.precision = precision});
    for (const auto& [side, in, out, kernel, stride] : {std::tuple{14, 64, 64, 3, 1},
                                                        {15, 64, 96, 3, 2},
                                                        {14, 64, 256, 1, 1},
                                                        {9, 32, 64, 1, 2},
                                                        {33, 3, 64, 7, 2}}) {
      ConvolutionSpec spec;
      spec.weight = random_tensor({out, in, kernel, kernel}, 2,
                                  1.f / std::sqrt(static_cast<float>(in * kernel * kernel)));
      spec.norm = {random_tensor({out}, 4), random_tensor({out}, 5), random_tensor({out}, 6),
                   random_variance(out, 7)};
      spec.padding = kernel / 2;
      spec.stride = stride;
      const Convolution weights = ops->convolution_weights("c", "n", spec);
      Tensor x = random_tensor({2, side, side, in}, 1);
      for (int64_t i = 0; i < x.count(); ++i)
        x.data<float>()[i] = std::max(0.f, x.data<float>()[i]);
      const int64_t out_side = (side + 2 * spec.padding - kernel) / stride + 1;
      const Tensor added = random_tensor({2, out_side, out_side, out}, 8);
      Tensor rounded(added.shape(), DType::bf16);
      for (int64_t i = 0; i < added.count(); ++i) {
        rounded.data<uint16_t>()[i] =
            static_cast<uint16_t>(__builtin_bit_cast(uint32_t, added.data<float>()[i]) >> 16);
      }
      for (const Activation activation : {kNone, kRelu}) {
        for (const char* residual : {"none", "kept", "given up"}) {
          const bool with = residual != std::string("none");
          Tensor given;
          if (with) {
            given = Tensor(added.shape(), DType::bf16);
            std::memcpy(given.data<uint16_t>(), rounded.raw(), rounded.bytes());
          }
          const Tensor kept = residual == std::string("kept") ? given : Tensor();
          const Tensor y = to_f32(ops->convolution(x, weights, activation, std::move(given)));
          const auto expected =
              reference_convolution(x, spec, activation, with ? to_f32(rounded) : Tensor());
          double largest = 0;
          for (const double value : expected) largest = std::max(largest, std::fabs(value));
          EXPECT_LE(difference(y, expected).largest, tolerance * largest)
              << precision_name(precision) << ' ' << side << ' ' << kernel << " residual "
              << residual;
        }
      }
    }
  }
}

// An image's result depends neither on its batch nor on how the work is divided.
TEST(Convolution, IsTheSameInEveryBatch) {
  for (const Precision precision : kPrecisions) {
    const auto ops = create_ops(Backend::cpu, {.precision = precision});
    for (const auto& [side, in, out, kernel, stride] : {std::tuple{19, 20, 70, 3, 1},
                                                        {19, 20, 70, 3, 2},
                                                        {29, 64, 96, 1, 1},
                                                        {8, 64, 33, 1, 2},
                                                        {33, 3, 8, 7, 2}}) {
      ConvolutionSpec spec;
      spec.weight = random_tensor({out, in, kernel, kernel}, 2, 0.1f);
      spec.padding = kernel / 2;
      spec.stride = stride;
      const Convolution weights = ops->convolution_weights("c", "", spec);
      const Tensor x = random_tensor({9, side, side, in}, 1);
      const Tensor all = ops->convolution(x, weights, kRelu, {});
      for (int64_t b = 0; b < 9; ++b) {
        const Tensor one = ops->convolution(x.slice(b, 1), weights, kRelu, {});
        EXPECT_EQ(std::memcmp(one.raw(), all.slice(b, 1).raw(), one.bytes()), 0)
            << precision_name(precision) << ' ' << side << ' ' << b;
      }
    }
  }
}

// The range of each image of y (B, ...), which is bf16.
std::vector<NumberRange> ranges_of(const Tensor& y) {
  std::vector<NumberRange> ranges;
  const Tensor numbers = to_f32(y);
  for (int64_t b = 0; b < y.dim(0); ++b) {
    const Tensor image = numbers.slice(b, 1);
    const float *const begin = image.data<float>(), *const end = begin + image.count();
    ranges.push_back({std::min(0.f, *std::min_element(begin, end)),
                      std::max(0.f, *std::max_element(begin, end))});
  }
  return ranges;
}

// In int8 a convolution determines its images' ranges, also where it overwrites a residual that has
// other ones; and the next one gives the same with them as without.
TEST(Convolution, RangesAreThoseOfTheResult) {
  const auto ops = create_ops(Backend::cpu, {.precision = Precision::int8});
  for (const auto& [side, in, out, kernel] : {std::tuple{29, 64, 96, 1}, {14, 32, 70, 3}}) {
    ConvolutionSpec spec;
    spec.weight = random_tensor({out, in, kernel, kernel}, 2, 0.1f);
    spec.padding = kernel / 2;
    const Convolution weights = ops->convolution_weights("c", "", spec);
    const bool divides = out % 4 == 0;  // else the next one is in bf16
    ConvolutionSpec next_spec;
    next_spec.weight = random_tensor({48, out, 1, 1}, 3, 0.1f);
    const Convolution next = ops->convolution_weights("n", "", next_spec);
    const Tensor x = random_tensor({20, side, side, in}, 1);
    Tensor y = ops->convolution(x, weights, kRelu, {});
    for (int round = 0; round < 2; ++round) {
      const std::vector<NumberRange> expected = ranges_of(y);
      ASSERT_EQ(y.ranges().size(), expected.size()) << side;
      for (size_t b = 0; b < expected.size(); ++b) {
        EXPECT_EQ(y.ranges()[b].low, expected[b].low) << side << ' ' << b;
        EXPECT_EQ(y.ranges()[b].high, expected[b].high) << side << ' ' << b;
      }
      EXPECT_TRUE(y.reshape(y.shape()).ranges().empty());
      if (divides) {
        const Tensor with = ops->convolution(y, next, kNone, {}),
                     without = ops->convolution(y.reshape(y.shape()), next, kNone, {});
        EXPECT_EQ(std::memcmp(with.raw(), without.raw(), with.bytes()), 0) << side;
      }
      const void* const memory = y.raw();
      y = ops->convolution(x, weights, kNone, std::move(y));
      EXPECT_EQ(y.raw(), memory);
    }
  }
}

TEST(Convolution, ADepthwiseOneLeavesNoRangesOfItsResidual) {
  const auto ops = create_ops(Backend::cpu, {.precision = Precision::int8});
  ConvolutionSpec spec;
  spec.weight = random_tensor({32, 32, 1, 1}, 2, 0.1f);
  const Convolution weights = ops->convolution_weights("c", "", spec);
  spec.weight = random_tensor({32, 1, 3, 3}, 3);
  spec.padding = 1;
  spec.depthwise = true;
  const Convolution depthwise = ops->convolution_weights("d", "", spec);
  const Tensor x = random_tensor({20, 14, 14, 32}, 1);
  Tensor y = ops->convolution(x, weights, kNone, {});
  ASSERT_EQ(y.ranges().size(), 20u);
  const void* const memory = y.raw();
  y = ops->convolution(x, depthwise, kNone, std::move(y));
  EXPECT_EQ(y.raw(), memory);
  EXPECT_TRUE(y.ranges().empty());
}

// One weight, images of many sizes and batches.
TEST(Convolution, OneWeightServesManySizes) {
  const auto ops = create_ops(Backend::cpu);
  ConvolutionSpec spec;
  spec.weight = random_tensor({48, 32, 3, 3}, 2, 0.06f);
  spec.padding = 1;
  const Convolution weights = ops->convolution_weights("c", "", spec);
  for (int round = 0; round < 2; ++round) {
    for (const auto& [batch, side] : {std::pair{1, 1}, {1, 28}, {5, 3}, {2, 56}, {9, 7}, {1, 2}}) {
      const Tensor x = random_tensor({batch, side, side + 1, 32}, static_cast<uint32_t>(side));
      const Tensor y = ops->convolution(x, weights, kNone, {});
      EXPECT_LE(difference(y, reference_convolution(x, spec, kNone, {})).largest, 4e-6)
          << batch << " images of side " << side;
    }
  }
}

// Channels whose folded weights differ in magnitude: folded in double and rounded once, the
// convolution stays within one rounding of each product.
TEST(Convolution, FoldsTinyVariancesWithoutLoss) {
  const auto ops = create_ops(Backend::cpu);
  ConvolutionSpec spec;
  spec.weight = random_tensor({3, 1, 1, 1}, 2);
  Tensor gamma({3}, DType::f32), mean({3}, DType::f32), beta({3}, DType::f32),
      variance({3}, DType::f32);
  const float means[] = {1e4f, -0.3f, 0.f}, variances[] = {0.f, 1e-12f, 1e8f};
  for (int i = 0; i < 3; ++i) {
    gamma.data<float>()[i] = 0.7f;
    beta.data<float>()[i] = 0.1f;
    mean.data<float>()[i] = means[i];
    variance.data<float>()[i] = variances[i];
  }
  spec.norm = {gamma, beta, mean, variance};
  const Tensor x = random_tensor({1, 3, 3, 1}, 1);
  const auto expected = reference_convolution(x, spec, kNone, {});
  const Tensor y = ops->convolution(x, ops->convolution_weights("c", "n", spec), kNone, {});
  for (size_t i = 0; i < expected.size(); ++i) {
    // Relative to the bias, which is the largest term of the first two channels.
    const double size = std::max(std::abs(expected[i]), 0.1) * (i % 3 == 1 ? 10 : 1);
    EXPECT_NEAR(y.data<float>()[i], expected[i], 3e-7 * size) << i;
  }
}

}  // namespace
}  // namespace sightline::test
