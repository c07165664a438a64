// Linear layers, convolutions and pooling in bf16 and int8.
#include <gtest/gtest.h>
#include <sightline/error.h>

#include <cmath>
#include <cstring>
#include <string>

#include "reference.h"
#include "rounded.h"

namespace sightline::test {
namespace {

// A linear layer with sizes that fill no panel, unit or tile.
TEST(LowPrecisionLinear, IsCloseToTheDefinition) {
  for (const auto& [precision, tolerance] :
       {std::pair{Precision::bf16, 0.03}, {Precision::int8, 0.06}}) {
    const auto ops = create_ops(Backend::cpu, {.precision = precision});
    for (const auto& [rows, in, out] :
         {std::tuple{1, 1, 1}, {3, 5, 7}, {50, 96, 65}, {333, 130, 200}, {64, 768, 512}}) {
      const Tensor x = random_tensor({rows, in}, 1);
      const Tensor w = random_tensor({out, in}, 2, 1.f / std::sqrt(static_cast<float>(in)));
      const Tensor bias = random_tensor({out}, 3), residual = random_tensor({rows, out}, 4);
      const Linear weights = ops->linear_weights("w", w, bias);
      const Tensor y = ops->linear(x, weights, Activation::quick_gelu, residual);
      ASSERT_EQ(y.dtype(), DType::f32);
      EXPECT_LE(
          difference(y, reference_linear(x, w, bias, Activation::quick_gelu, residual)).largest,
          tolerance)
          << precision_name(precision) << ' ' << rows << 'x' << in << 'x' << out;
      EXPECT_EQ(ops->linear(x, weights, Activation::none, {}, OutputType::compute).dtype(),
                DType::bf16);
    }
  }
}

TEST(LowPrecisionLinear, AddsAResidualOfTheComputeType) {
  const Tensor x = random_tensor({50, 96}, 1), w = random_tensor({65, 96}, 2, 0.1f);
  const Rounded residual(random_tensor({50, 65}, 3));
  for (const Precision precision : {Precision::bf16, Precision::int8}) {
    const auto ops = create_ops(Backend::cpu, {.precision = precision});
    const Linear weights = ops->linear_weights("w", w, {});
    for (const OutputType type : {OutputType::f32, OutputType::compute}) {
      const Tensor y = ops->linear(x, weights, Activation::gelu, residual.bits, type);
      const Tensor same = ops->linear(x, weights, Activation::gelu, residual.values, type);
      EXPECT_EQ(std::memcmp(y.raw(), same.raw(), y.bytes()), 0) << precision_name(precision);
    }
  }
}

// int8 has no NaN, so such a weight must be refused.
TEST(LowPrecisionLinear, Int8RefusesWeightsThatAreNotFinite) {
  const auto int8 = create_ops(Backend::cpu, {.precision = Precision::int8});
  for (const float bad : {__builtin_nanf(""), __builtin_inff()}) {
    Tensor w = random_tensor({4, 32}, 1);
    w.data<float>()[37] = bad;
    try {
      int8->linear_weights("mlp.fc1", w, {});
      ADD_FAILURE() << "taken";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("mlp.fc1"), std::string::npos) << error.what();
    }
  }
  // A nearly zero weight does not divide by 0.
  Tensor w = random_tensor({4, 32}, 1);
  for (int64_t i = 0; i < w.count(); ++i) w.data<float>()[i] *= 1e-39f;
  const Tensor y = int8->linear(random_tensor({1, 32}, 2), int8->linear_weights("w", w, {}),
                                Activation::none, {});
  EXPECT_LE(std::fabs(y.data<float>()[0]), 1e-30f);
}

// Layers of high precision are bf16 in int8.
TEST(LowPrecisionLinear, EdgesAreBf16) {
  const Tensor x = random_tensor({9, 40}, 1), w = random_tensor({11, 40}, 2);
  const auto int8 = create_ops(Backend::cpu, {.precision = Precision::int8}),
             bf16 = create_ops(Backend::cpu, {.precision = Precision::bf16});
  const Tensor edge =
      int8->linear(x, int8->linear_weights("w", w, {}, LayerPrecision::high), Activation::none, {});
  const Tensor inner = int8->linear(x, int8->linear_weights("w", w, {}), Activation::none, {});
  const Tensor expected = bf16->linear(x, bf16->linear_weights("w", w, {}), Activation::none, {});
  EXPECT_EQ(difference(edge, expected).largest, 0);
  EXPECT_GT(difference(inner, expected).largest, 0);
}

// A convolution, pools and the mean on bf16 images: each result rounded once; in int8 a
// convolution rounds its images and weights to bytes before.
class LowPrecisionImages : public testing::TestWithParam<std::pair<Precision, double>> {};

TEST_P(LowPrecisionImages, AreCloseToTheDefinition) {
  const auto [precision, tolerance] = GetParam();
  const auto ops = create_ops(Backend::cpu, {.precision = precision});
  ConvolutionSpec spec;
  spec.weight = random_tensor({24, 16, 3, 3}, 1, 1.f / 12);
  spec.bias = random_tensor({24}, 2);
  spec.padding = 1;
  const Tensor x = random_tensor({2, 9, 9, 16}, 3), residual = random_tensor({2, 9, 9, 24}, 4);
  const Convolution convolution = ops->convolution_weights("c", "", spec);
  const Rounded rounded_residual(residual);
  const Tensor y = ops->convolution(x, convolution, Activation::relu, rounded_residual.bits);
  ASSERT_EQ(y.dtype(), DType::bf16);
  const Tensor values = to_f32(y);
  EXPECT_LE(difference(values, reference_convolution(x, spec, Activation::relu, residual)).largest,
            tolerance);
  // The maximum of bf16 elements is exact, and means are rounded once.
  const Tensor most = ops->max_pool(y, 3, 2, 1);
  EXPECT_EQ(difference(to_f32(most), reference_max_pool(values, 3, 2, 1)).largest, 0);
  const Tensor mean = ops->average_pool(y, 2);
  EXPECT_LE(difference(to_f32(mean), reference_average_pool(values, 2)).largest, 0.02);
  EXPECT_LE(difference(ops->mean_pool(y), reference_mean_pool(values, {})).largest, 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Precisions, LowPrecisionImages,
                         testing::Values(std::pair{Precision::bf16, 0.05},
                                         std::pair{Precision::int8, 0.12}),
                         [](const auto& p) { return std::string(precision_name(p.param.first)); });

// Padding is 0 also where the image's zero point is another byte; and the int8 kernels ran.
TEST(LowPrecisionImages, Int8BordersAreZero) {
  const auto int8 = create_ops(Backend::cpu, {.precision = Precision::int8}),
             bf16 = create_ops(Backend::cpu, {.precision = Precision::bf16});
  ConvolutionSpec spec;
  spec.weight = random_tensor({8, 32, 3, 3}, 1, 0.1f);
  spec.padding = 1;
  Tensor x = random_tensor({3, 6, 6, 32}, 3);
  for (int64_t i = 0; i < x.count(); ++i)
    x.data<float>()[i] -= 2.f;  // mostly negative: a large zero point
  const auto run = [&](Ops& ops) {
    return to_f32(ops.convolution(x, ops.convolution_weights("c", "", spec), Activation::none, {}));
  };
  const Tensor y = run(*int8);
  const auto expected = reference_convolution(x, spec, Activation::none, {});
  EXPECT_LE(difference(y, expected).largest, 0.3);  // of sums up to 20
  EXPECT_GT(difference(y, run(*bf16)).largest, 0);
}

}  // namespace
}  // namespace sightline::test
