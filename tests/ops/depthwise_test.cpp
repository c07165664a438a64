// Depthwise convolutions.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "backend/cpu/depthwise.h"
#include "backend/cpu/kernels/product_kernels.h"
#include "reference.h"
#include "rounded.h"

namespace sightline::test {
namespace {

constexpr auto kNone = Activation::none;
constexpr auto kRelu6 = Activation::relu6;

// Sums of R * R products of about unit variance in all (weights are scaled by 1 / R), which the
// batch norm multiplies by up to 5.
constexpr double kTolerance = 1e-5;
// bf16 results up to 20: half a unit of the last place, 2^-9 relatively. In int8 depthwise
// convolutions compute the same.
constexpr double kRoundedTolerance = 0.04;

struct DepthwiseCase {
  const char* name;
  Shape x;  // (B, H, W, C)
  int64_t kernel, stride, padding;
  bool bias, norm;
  Activation activation;
  bool residual;
  int64_t multiplier = 1;
};

void PrintTo(const DepthwiseCase& c, std::ostream* out) {
  *out << c.name;
}

Tensor positive(Tensor x) {
  for (int64_t i = 0; i < x.count(); ++i)
    x.data<float>()[i] = 0.4f + x.data<float>()[i] * x.data<float>()[i];
  return x;
}

ConvolutionSpec depthwise_spec(int64_t channels, int64_t kernel, int64_t stride, int64_t padding) {
  ConvolutionSpec spec;
  spec.weight = random_tensor({channels, 1, kernel, kernel}, 2, 1.f / static_cast<float>(kernel));
  spec.stride = stride;
  spec.padding = padding;
  spec.depthwise = true;
  return spec;
}

class DepthwiseOp : public testing::TestWithParam<DepthwiseCase> {
 protected:
  void SetUp() override {
    const DepthwiseCase& c = GetParam();
    const int64_t channels = c.x[3] * c.multiplier;
    x_ = random_tensor(c.x, 1);
    spec_ = depthwise_spec(channels, c.kernel, c.stride, c.padding);
    spec_.multiplier = c.multiplier;
    if (c.bias) spec_.bias = random_tensor({channels}, 3);
    if (c.norm) {
      spec_.norm = {random_tensor({channels}, 4), random_tensor({channels}, 5),
                    random_tensor({channels}, 6), positive(random_tensor({channels}, 7))};
    }
    shape_ = {c.x[0], (c.x[1] + 2 * c.padding - c.kernel) / c.stride + 1,
              (c.x[2] + 2 * c.padding - c.kernel) / c.stride + 1, channels};
    if (c.residual) residual_ = random_tensor(shape_, 8);
  }
  Tensor run(Ops& ops) const {
    const Convolution weights =
        ops.convolution_weights("c", spec_.norm.gamma.defined() ? "n" : "", spec_);
    EXPECT_TRUE(weights->depthwise);
    EXPECT_EQ(weights->out_channels, x_.dim(3) * GetParam().multiplier);
    EXPECT_EQ(weights->in_channels, x_.dim(3));
    EXPECT_EQ(weights->kernel, spec_.weight.dim(2));
    const Tensor residual = residual_.defined() ? ops.from_host(residual_) : Tensor();
    return ops.to_host(
        ops.convolution(ops.from_host(x_), weights, GetParam().activation, residual));
  }
  ConvolutionSpec spec_;
  Tensor x_, residual_;
  Shape shape_;
};

TEST_P(DepthwiseOp, AgreesWithTheDefinition) {
  const Tensor y = run(*create_ops(Backend::cpu));
  ASSERT_EQ(y.shape(), shape_);
  const auto expected = reference_convolution(x_, spec_, GetParam().activation, residual_);
  EXPECT_LE(difference(y, expected).largest, kTolerance);
}

TEST_P(DepthwiseOp, AgreesWithTorch) {
  const auto torch = torch_or_null();
  if (!torch) GTEST_SKIP() << kNoTorch;
  EXPECT_LE(difference(run(*create_ops(Backend::cpu)), run(*torch)).largest, kTolerance);
}

// With bf16 operands: only the result is rounded.
TEST_P(DepthwiseOp, LowPrecisionsRoundTheResultAlone) {
  const Rounded x(x_);
  const Rounded added(residual_.defined() ? residual_ : Tensor({1}, DType::f32));
  const auto expected = reference_convolution(x.values, spec_, GetParam().activation,
                                              residual_.defined() ? added.values : Tensor());
  for (const Precision precision : {Precision::bf16, Precision::int8}) {
    const auto ops = create_ops(Backend::cpu, {.precision = precision});
    const Convolution weights = ops->convolution_weights("c", "n", spec_);
    const Tensor residual = residual_.defined() ? added.bits : Tensor();
    const Tensor y = ops->convolution(x.bits, weights, GetParam().activation, residual);
    ASSERT_EQ(y.dtype(), DType::bf16);
    ASSERT_EQ(y.shape(), shape_);
    EXPECT_LE(difference(to_f32(y), expected).largest, kRoundedTolerance)
        << precision_name(precision);
    // f32 input is rounded first.
    const Tensor same = ops->convolution(x_, weights, GetParam().activation, residual);
    EXPECT_EQ(std::memcmp(y.raw(), same.raw(), y.bytes()), 0) << precision_name(precision);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, DepthwiseOp,
    testing::Values(
        DepthwiseCase{"one_by_one", {1, 1, 1, 1}, 1, 1, 0, false, false, kNone, false},
        DepthwiseCase{
            "two_outputs", {2, 7, 9, 17}, 7, 2, 3, true, true, Activation::gelu, false, 2},
        DepthwiseCase{"three_outputs", {2, 5, 7, 11}, 3, 1, 1, true, false, kNone, true, 3},
        DepthwiseCase{"convnext", {2, 9, 11, 48}, 7, 1, 3, true, false, kNone, false},
        DepthwiseCase{"convnext_channels_21", {1, 13, 8, 21}, 7, 1, 3, true, true, kNone, true},
        DepthwiseCase{"side_1", {2, 1, 1, 24}, 3, 1, 1, true, true, kRelu6, false},
        DepthwiseCase{"side_1_stride", {2, 1, 1, 40}, 3, 2, 1, true, true, kRelu6, false},
        DepthwiseCase{"few_channels", {2, 5, 7, 3}, 3, 1, 1, true, false, kNone, false},
        DepthwiseCase{"one_block", {2, 5, 7, 16}, 3, 1, 1, false, false, kNone, false},
        DepthwiseCase{"channels_17", {2, 5, 7, 17}, 3, 1, 1, true, true, kRelu6, true},
        DepthwiseCase{"channels_19", {3, 9, 11, 19}, 3, 2, 1, true, true, kRelu6, true},
        DepthwiseCase{"channels_15", {3, 9, 11, 15}, 3, 1, 1, true, true, kRelu6, true},
        DepthwiseCase{"channels_24", {2, 13, 9, 24}, 3, 1, 1, false, true, kRelu6, false},
        DepthwiseCase{"relu", {2, 13, 9, 24}, 3, 1, 1, false, true, Activation::relu, false},
        DepthwiseCase{"gelu", {2, 6, 9, 24}, 3, 1, 1, false, true, Activation::gelu, true},
        DepthwiseCase{"no_padding", {2, 9, 12, 40}, 3, 1, 0, true, false, kRelu6, false},
        DepthwiseCase{"no_padding_stride", {2, 10, 12, 40}, 3, 2, 0, true, false, kRelu6, false},
        DepthwiseCase{"wide_padding", {1, 3, 2, 32}, 3, 1, 4, true, false, kRelu6, false},
        DepthwiseCase{"wide_kernel", {2, 9, 10, 35}, 5, 1, 2, false, true, kRelu6, true},
        DepthwiseCase{"wide_kernel_stride", {1, 7, 6, 24}, 5, 2, 0, false, true, kRelu6, false},
        DepthwiseCase{"even_kernel", {1, 7, 6, 24}, 2, 2, 0, false, true, kRelu6, false},
        DepthwiseCase{"stride_3", {1, 11, 10, 33}, 3, 3, 1, false, true, kRelu6, false},
        DepthwiseCase{"residual", {2, 15, 8, 48}, 3, 1, 1, false, true, kRelu6, true},
        DepthwiseCase{"residual_stride", {2, 15, 8, 48}, 3, 2, 1, false, true, kNone, true},
        DepthwiseCase{"first_mobilenet", {1, 112, 112, 32}, 3, 1, 1, false, true, kRelu6, false},
        DepthwiseCase{"stride_mobilenet", {1, 56, 56, 144}, 3, 2, 1, false, true, kRelu6, false},
        DepthwiseCase{"last_mobilenet", {3, 7, 7, 960}, 3, 1, 1, false, true, kRelu6, false},
        DepthwiseCase{"small_mobilenet", {3, 3, 3, 960}, 3, 1, 1, false, true, kRelu6, false}),
    [](const auto& c) { return std::string(c.param.name); });

// One output line of x (1, R, W, C) by a kernel of one instruction set, followed by a pixel that
// must remain unchanged.
template <class Number>
Tensor run_line(void (*kernel)(const DepthwiseLine<Number>&), const DepthwiseConvolution& weights,
                const Tensor& x, Activation activation, const Tensor& residual) {
  const int64_t channels = x.dim(3), columns = (x.dim(2) - weights.kernel) / weights.stride + 1;
  std::vector<const Number*> pixels;
  for (int64_t i = 0; i < x.dim(1) * x.dim(2); ++i)
    pixels.push_back(x.data<Number>() + i * channels);
  Tensor y({columns + 1, channels}, x.dtype());
  std::fill_n(y.data<Number>(), y.count(), Number{77});
  DepthwiseLine<Number> line;
  line.pixels = pixels.data();
  line.pitch = x.dim(2);
  line.kernel = weights.kernel;
  line.stride = weights.stride;
  line.columns = columns;
  line.channels = channels;
  line.weights = weights.weights.data<float>();
  line.activation = activation;
  if (residual.defined()) line.residual = residual.data<Number>();
  line.out = y.data<Number>();
  kernel(line);
  for (int64_t c = 0; c < channels; ++c)
    EXPECT_EQ(y.data<Number>()[columns * channels + c], Number{77});
  return y.slice(0, columns);
}

// Lines of many widths, which divide differently into tiles.
TEST(DepthwiseKernels, AgreeWithTheDefinitionInEveryTable) {
  for (const int64_t channels : {5, 16, 40, 51}) {
    for (const int64_t kernel : {3, 4}) {
      for (const int64_t stride : {1, 2}) {
        for (int64_t width = kernel; width < 24; ++width) {
          ConvolutionSpec spec = depthwise_spec(channels, kernel, stride, 0);
          spec.bias = random_tensor({channels}, 3);
          Arena arena;
          const auto weights = pack_depthwise(spec, arena);
          const Rounded x(random_tensor({1, kernel, width, channels}, 1));
          const int64_t columns = (width - kernel) / stride + 1;
          const Rounded added(random_tensor({columns, channels}, 4));
          for (const Activation activation : {kNone, Activation::relu, kRelu6}) {
            for (const bool with : {false, true}) {
              const auto expected =
                  reference_convolution(x.values, spec, activation, with ? added.values : Tensor());
              for (const Fp32Kernels* kernels : runnable_fp32_kernels()) {
                const Tensor y = run_line(kernels->depthwise_line, *weights, x.values, activation,
                                          with ? added.values : Tensor());
                EXPECT_LE(difference(y, expected).largest, 4e-6)
                    << kernels->name << ' ' << channels << " channels, width " << width;
              }
              for (const Bf16Kernels* kernels : runnable_bf16_kernels()) {
                const Tensor y = run_line(kernels->depthwise_line, *weights, x.bits, activation,
                                          with ? added.bits : Tensor());
                EXPECT_LE(difference(to_f32(y), expected).largest, kRoundedTolerance)
                    << kernels->name << ' ' << channels << " channels, width " << width;
              }
            }
          }
        }
      }
    }
  }
}

// NaN is preserved: a broken weight or pixel must not look like 0 or 6.
TEST(DepthwiseConvolution, NanStays) {
  for (const Precision precision : kPrecisions) {
    const auto ops = create_ops(Backend::cpu, {.precision = precision});
    for (const int64_t channels : {5, 24}) {
      for (const Activation activation : {kNone, Activation::relu, kRelu6}) {
        ConvolutionSpec spec = depthwise_spec(channels, 3, 1, 1);
        spec.weight.data<float>()[9 * 4 + 8] = NAN;  // channel 4
        Tensor x = random_tensor({1, 9, 9, channels}, 1);
        x.data<float>()[2] = NAN;  // channel 2, the first pixel
        const Tensor y =
            to_f32(ops->convolution(x, ops->convolution_weights("c", "", spec), activation, {}));
        for (int64_t i = 0; i < y.count(); ++i) {
          const int64_t c = i % channels, column = i / channels % 9, line = i / channels / 9;
          EXPECT_EQ(std::isnan(y.data<float>()[i]), c == 4 || (c == 2 && line < 2 && column < 2))
              << precision_name(precision) << " at " << i;
        }
      }
    }
  }
}

// ReLU6 limits the sum with the residual at 0 and 6.
TEST(DepthwiseConvolution, ActivatesTheSumWithTheResidual) {
  ConvolutionSpec spec = depthwise_spec(1, 1, 1, 0);
  *spec.weight.data<float>() = 1;
  Tensor x({1, 1, 5, 1}, DType::f32), residual({1, 1, 5, 1}, DType::f32);
  const float values[] = {2, 2, -2, 7, 5}, added[] = {-3, 3, 3, -3, 5};
  std::copy_n(values, 5, x.data<float>());
  std::copy_n(added, 5, residual.data<float>());
  const auto ops = create_ops(Backend::cpu);
  const Convolution weights = ops->convolution_weights("c", "", spec);
  const Tensor y = ops->convolution(x, weights, kRelu6, residual);
  EXPECT_EQ(difference(y, Doubles{0, 5, 1, 4, 6}).largest, 0);
}

// A residual whose last handle is moved in may become the result, unless blocks of channels
// overlap (40); one that the caller keeps remains unchanged.
TEST(DepthwiseConvolution, OnlyTakesAResidualThatNobodyElseHas) {
  const auto ops = create_ops(Backend::cpu);
  for (const int64_t channels : {7, 32, 40}) {
    const ConvolutionSpec spec = depthwise_spec(channels, 3, 1, 1);
    const Convolution weights = ops->convolution_weights("c", "", spec);
    const Shape shape = {2, 8, 9, channels};
    const Tensor x = random_tensor(shape, 1), added = random_tensor(shape, 3);
    const Doubles expected = reference_convolution(x, spec, kRelu6, added);
    Tensor given = random_tensor(shape, 3);
    const void* const memory = given.raw();
    const Tensor taken = ops->convolution(x, weights, kRelu6, std::move(given));
    EXPECT_EQ(taken.raw() == memory, channels == 32);
    EXPECT_LE(difference(taken, expected).largest, kTolerance);
    const Tensor kept = random_tensor(shape, 3);
    EXPECT_LE(difference(ops->convolution(x, weights, kRelu6, kept), expected).largest, kTolerance);
    EXPECT_EQ(difference(kept, added).largest, 0);
  }
}

// An image's result depends neither on its batch, which exceeds the caches here, nor on how the
// work is divided.
TEST(DepthwiseConvolution, IsTheSameInEveryBatch) {
  for (const Precision precision : kPrecisions) {
    const auto ops = create_ops(Backend::cpu, {.precision = precision});
    for (const int64_t stride : {1, 2}) {
      const ConvolutionSpec spec = depthwise_spec(72, 3, stride, 1);
      const Convolution weights = ops->convolution_weights("c", "", spec);
      const Tensor x = random_tensor({40, 37, 40, 72}, 1);
      const Tensor all = ops->convolution(x, weights, kRelu6, {});
      for (const int64_t b : {0, 1, 17, 39}) {
        const Tensor one = ops->convolution(x.slice(b, 1), weights, kRelu6, {});
        EXPECT_EQ(std::memcmp(one.raw(), all.slice(b, 1).raw(), one.bytes()), 0)
            << precision_name(precision) << ' ' << stride << ' ' << b;
      }
    }
  }
}

// Folded in double and rounded once, as other convolutions are.
TEST(DepthwiseConvolution, FoldsTinyVariancesWithoutLoss) {
  ConvolutionSpec spec = depthwise_spec(2, 1, 1, 0);
  spec.norm = {Tensor({2}, DType::f32), Tensor({2}, DType::f32), Tensor({2}, DType::f32),
               Tensor({2}, DType::f32)};
  const float means[] = {1e4f, -0.3f}, variances[] = {0.f, 1e8f};
  for (int i = 0; i < 2; ++i) {
    spec.norm.gamma.data<float>()[i] = 0.7f;
    spec.norm.beta.data<float>()[i] = 0.1f;
    spec.norm.mean.data<float>()[i] = means[i];
    spec.norm.variance.data<float>()[i] = variances[i];
  }
  const auto ops = create_ops(Backend::cpu);
  const Tensor x = random_tensor({1, 3, 3, 2}, 1);
  const auto expected = reference_convolution(x, spec, kNone, {});
  const Tensor y = ops->convolution(x, ops->convolution_weights("c", "n", spec), kNone, {});
  for (size_t i = 0; i < expected.size(); ++i) {
    // Relative to the bias, which is the largest term.
    EXPECT_NEAR(y.data<float>()[i], expected[i], 3e-7 * std::max(std::abs(expected[i]), 0.1)) << i;
  }
}

}  // namespace
}  // namespace sightline::test
