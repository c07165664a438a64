#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "reference.h"

namespace sightline::test {
namespace {

// Outputs have unit variance (weights are scaled by 1/sqrt(K)), so the tolerances are absolute
// and nearly relative: float32 sums of K products, measured 2e-6 at K = 4096.
struct LinearCase {
  const char* name;
  Shape x;  // (..., K)
  int64_t out;
  bool bias;
  Activation activation;
  bool residual;
  double tolerance;
};

void PrintTo(const LinearCase& c, std::ostream* out) {
  *out << c.name;
}

class LinearOp : public testing::TestWithParam<LinearCase> {
 protected:
  void SetUp() override {
    const LinearCase& c = GetParam();
    const int64_t k = c.x.back();
    x_ = random_tensor(c.x, 1);
    weight_ = random_tensor({c.out, k}, 2, 1.f / std::sqrt(static_cast<float>(k)));
    if (c.bias) bias_ = random_tensor({c.out}, 3);
    Shape shape = c.x;
    shape.back() = c.out;
    if (c.residual) residual_ = random_tensor(shape, 4);
  }
  Tensor run(Ops& ops) const {
    const Linear weights = ops.linear_weights("w", weight_, bias_);
    EXPECT_EQ(weights->in_features, weight_.dim(1));
    EXPECT_EQ(weights->out_features, weight_.dim(0));
    const Tensor residual = residual_.defined() ? ops.from_host(residual_) : Tensor();
    return ops.to_host(ops.linear(ops.from_host(x_), weights, GetParam().activation, residual));
  }
  Tensor x_, weight_, bias_, residual_;
};

TEST_P(LinearOp, OnednnAgreesWithTheDefinition) {
  const auto ops = create_ops(Backend::cpu);
  const Tensor y = run(*ops);
  Shape expected = GetParam().x;
  expected.back() = GetParam().out;
  ASSERT_EQ(y.shape(), expected);
  const auto rows = sample_rows(y.count() / GetParam().out, 24);
  const Tensor residual = residual_.defined() ? take_rows(residual_, rows) : Tensor();
  const auto reference =
      reference_linear(take_rows(x_, rows), weight_, bias_, GetParam().activation, residual);
  EXPECT_LE(difference(take_rows(y, rows), reference).largest, GetParam().tolerance);
}

TEST_P(LinearOp, OnednnAgreesWithTorch) {
  const auto torch = torch_or_null();
  if (!torch) GTEST_SKIP() << kNoTorch;
  const auto onednn = create_ops(Backend::cpu);
  EXPECT_LE(difference(run(*onednn), run(*torch)).largest, GetParam().tolerance);
}

constexpr auto kNone = Activation::none;
constexpr auto kGelu = Activation::gelu;
constexpr auto kTanh = Activation::gelu_tanh;
constexpr auto kQuick = Activation::quick_gelu;
constexpr auto kSilu = Activation::silu;

INSTANTIATE_TEST_SUITE_P(
    Sizes, LinearOp,
    testing::Values(LinearCase{"one_by_one", {1, 1}, 1, true, kNone, false, 1e-6},
                    LinearCase{"one_row", {1, 64}, 32, true, kGelu, true, 2e-6},
                    LinearCase{"odd", {3, 5, 37}, 19, true, kQuick, true, 2e-6},
                    LinearCase{"odd_plain", {7, 65}, 77, false, kNone, false, 2e-6},
                    LinearCase{"odd_residual", {2, 3, 130}, 131, false, kNone, true, 2e-6},
                    LinearCase{"odd_gelu_no_bias", {11, 48}, 100, false, kGelu, false, 2e-6},
                    LinearCase{"odd_gelu_tanh", {5, 7, 41}, 23, true, kTanh, true, 2e-6},
                    LinearCase{"odd_silu", {5, 3, 43}, 29, true, kSilu, true, 2e-6},
                    LinearCase{"siglip_up", {2, 196, 768}, 3072, true, kTanh, false, 5e-6},
                    LinearCase{"b32_qkv", {32, 50, 768}, 2304, true, kNone, false, 5e-6},
                    LinearCase{"b32_out", {32, 50, 768}, 768, true, kNone, true, 5e-6},
                    LinearCase{"b32_up", {8, 50, 768}, 3072, true, kQuick, false, 5e-6},
                    LinearCase{"b32_down", {8, 50, 3072}, 768, true, kNone, true, 1e-5},
                    LinearCase{"b32_one_image", {1, 50, 768}, 3072, true, kGelu, false, 5e-6},
                    LinearCase{"b32_projection", {5, 768}, 512, false, kNone, false, 5e-6},
                    LinearCase{"b16_up", {2, 197, 768}, 3072, true, kQuick, false, 5e-6},
                    LinearCase{"l14_up", {1, 257, 1024}, 4096, true, kQuick, false, 5e-6},
                    LinearCase{"eva02_gate", {1, 257, 1024}, 2730, true, kSilu, false, 5e-6},
                    LinearCase{"l14_down", {1, 257, 4096}, 1024, true, kNone, true, 1e-5},
                    LinearCase{"text_up", {16, 9, 512}, 2048, true, kQuick, false, 5e-6}),
    [](const auto& c) { return std::string(c.param.name); });

// Packed weights serve every number of rows, in any order, and primitives made for one layer
// serve the others of its shape.
TEST(LinearWeights, OnePackingServesEveryBatch) {
  const Tensor weight_a = random_tensor({96, 80}, 1, 0.1f);
  const Tensor weight_b = random_tensor({96, 80}, 2, 0.1f);
  for (const bool late : {false, true}) {
    const auto ops = create_ops(Backend::cpu, {.lazy_packing = late});
    const Linear a = ops->linear_weights("a", weight_a, Tensor());
    const Linear b = ops->linear_weights("b", weight_b, Tensor());
    // The first small batches use a weight that is not packed yet.
    for (const int64_t rows : {1, 6, 24, 25, 300, 1, 17, 300, 2, 1}) {
      const Tensor x = random_tensor({rows, 80}, static_cast<uint32_t>(rows));
      const Tensor from_a = ops->linear(x, a, kNone, Tensor());
      const Tensor from_b = ops->linear(x, b, kNone, Tensor());
      EXPECT_LE(difference(from_a, reference_linear(x, weight_a, {}, kNone, {})).largest, 4e-6);
      EXPECT_LE(difference(from_b, reference_linear(x, weight_b, {}, kNone, {})).largest, 4e-6);
    }
  }
}

// A row's result depends neither on the other rows nor on earlier calls.
TEST(LinearWeights, ARowAloneHasTheSameBits) {
  const auto ops = create_ops(Backend::cpu);
  const Linear weights =
      ops->linear_weights("w", random_tensor({96, 80}, 1, 0.1f), random_tensor({96}, 2));
  const Tensor x = random_tensor({50, 80}, 3);
  const Tensor first = ops->linear(take_rows(x, {0}), weights, Activation::quick_gelu, {});
  const Tensor all = ops->linear(x, weights, Activation::quick_gelu, {});
  EXPECT_EQ(difference(first, take_rows(all, {0})).largest, 0);
}

// Parts that are packed lazily have the results of one weight, at any width.
TEST(LinearWeights, PartsOfAStackHaveTheBitsOfOneWeight) {
  for (const int64_t width : {1, 40, 64, 80}) {
    std::vector<Tensor> weights, biases;
    for (uint32_t i = 0; i < 3; ++i) {
      weights.push_back(random_tensor({width, 48}, i, 0.1f));
      biases.push_back(random_tensor({width}, 10 + i));
    }
    Tensor weight({3 * width, 48}, DType::f32), bias({3 * width}, DType::f32);
    for (int64_t i = 0; i < 3; ++i) {
      std::copy_n(weights[i].data<float>(), width * 48, weight.data<float>() + i * width * 48);
      std::copy_n(biases[i].data<float>(), width, bias.data<float>() + i * width);
    }
    for (const bool late : {false, true}) {
      const auto ops = create_ops(Backend::cpu, {.lazy_packing = late});
      const Linear stack = ops->stacked_weights("qkv_proj", weights, biases);
      const Linear one = ops->linear_weights("w", weight, bias);
      ASSERT_EQ(stack->out_features, 3 * width);
      ASSERT_EQ(stack->in_features, 48);
      for (const int64_t rows : {1, 7, 24, 100, 7}) {  // packed from 100 on
        const Tensor x = random_tensor({rows, 48}, static_cast<uint32_t>(rows));
        const Tensor from_stack = ops->linear(x, stack, Activation::quick_gelu, {});
        const Tensor from_one = ops->linear(x, one, Activation::quick_gelu, {});
        EXPECT_EQ(difference(from_stack, from_one).largest, 0)
            << width << " " << rows << " " << late;
      }
    }
  }
}

TEST(LinearWeights, OutliveTheTensorsTheyWereMadeFrom) {
  const auto ops = create_ops(Backend::cpu, {.lazy_packing = true});
  Tensor weight = random_tensor({24, 40}, 1, 0.2f);
  Tensor bias = random_tensor({24}, 2);
  const Tensor x = random_tensor({6, 40}, 3);
  const auto expected = reference_linear(x, weight, bias, kNone, {});
  const Linear weights = ops->linear_weights("w", weight, bias);
  std::fill_n(bias.data<float>(), bias.count(), NAN);
  weight = bias = Tensor();
  Tensor reused({24, 40}, DType::f32);  // the pool reuses the freed memory
  std::fill_n(reused.data<float>(), reused.count(), NAN);
  for (int round = 0; round < 2; ++round) {
    EXPECT_LE(difference(ops->linear(x, weights, kNone, Tensor()), expected).largest, 2e-6);
    ops->linear(random_tensor({50, 40}, 4), weights, kNone, Tensor());  // packs it
  }
}

}  // namespace
}  // namespace sightline::test
