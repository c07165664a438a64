#include <gtest/gtest.h>

#include "reference.h"
#include "rounded.h"

namespace sightline::test {
namespace {

// Tolerance absolute, for outputs of unit variance; an offset far above the standard deviation
// loses the digits of the mean. A single value has variance 0: the divisor is then sqrt(eps), and a
// rounding error of the mean (libtorch has one) is amplified 316 times.
struct NormCase {
  const char* name;
  Shape x;
  float eps;
  float offset;
  double tolerance;
};

void PrintTo(const NormCase& c, std::ostream* out) {
  *out << c.name;
}

class LayerNormOp : public testing::TestWithParam<NormCase> {
 protected:
  void SetUp() override {
    x_ = random_tensor(GetParam().x, 1, 3.f);
    for (int64_t i = 0; i < x_.count(); ++i) x_.data<float>()[i] += GetParam().offset;
    gamma_ = random_tensor({x_.dim(-1)}, 2);
    beta_ = random_tensor({x_.dim(-1)}, 3);
  }
  Tensor run(Ops& ops) const {
    return ops.to_host(ops.layer_norm(ops.from_host(x_), ops.parameter("gamma", gamma_),
                                      ops.parameter("beta", beta_), GetParam().eps));
  }
  Tensor x_, gamma_, beta_;
};

TEST_P(LayerNormOp, OnednnAgreesWithTheDefinition) {
  const Tensor y = run(*create_ops(Backend::cpu));
  ASSERT_EQ(y.shape(), GetParam().x);
  const auto reference = reference_layer_norm(x_, gamma_, beta_, GetParam().eps);
  EXPECT_LE(difference(y, reference).largest, GetParam().tolerance);
}

TEST_P(LayerNormOp, OnednnAgreesWithTorch) {
  const auto torch = torch_or_null();
  if (!torch) GTEST_SKIP() << kNoTorch;
  EXPECT_LE(difference(run(*create_ops(Backend::cpu)), run(*torch)).largest, GetParam().tolerance);
}

TEST(LayerNormType, ReadsTheComputeType) {
  const Rounded x(random_tensor({2, 3, 37}, 1, 3.f));
  const Tensor gamma = random_tensor({37}, 2), beta = random_tensor({37}, 3);
  const auto ops = create_ops(Backend::cpu, {.precision = Precision::bf16});
  EXPECT_EQ(difference(ops->layer_norm(x.bits, gamma, beta, 1e-5f),
                       ops->layer_norm(x.values, gamma, beta, 1e-5f))
                .largest,
            0);
}

INSTANTIATE_TEST_SUITE_P(Sizes, LayerNormOp,
                         testing::Values(NormCase{"one", {1, 1}, 1e-5f, 0, 1e-4},
                                         NormCase{"three", {2, 3}, 1e-5f, 0, 2e-6},
                                         NormCase{"odd", {5, 3, 37}, 1e-5f, 0, 4e-6},
                                         NormCase{"one_row", {1, 768}, 1e-5f, 0, 4e-6},
                                         NormCase{"offset", {4, 130}, 1e-5f, 100, 1e-4},
                                         NormCase{"large_eps", {4, 130}, 0.5f, 0, 4e-6},
                                         NormCase{"b32", {32, 50, 768}, 1e-5f, 0, 4e-6},
                                         NormCase{"b16", {2, 197, 768}, 1e-5f, 0, 4e-6},
                                         NormCase{"l14", {2, 257, 1024}, 1e-5f, 0, 4e-6},
                                         NormCase{"text", {16, 9, 512}, 1e-5f, 0, 4e-6}),
                         [](const auto& c) { return std::string(c.param.name); });

TEST(LayerNorm, AConstantRowBecomesBeta) {
  const auto ops = create_ops(Backend::cpu);
  Tensor x({1, 50}, DType::f32);
  std::fill_n(x.data<float>(), 50, 4.f);
  const Tensor beta = random_tensor({50}, 3);
  const Tensor y = ops->layer_norm(x, random_tensor({50}, 2), beta, 1e-5f);
  EXPECT_LE(difference(y, beta).largest, 1e-6);
}

}  // namespace
}  // namespace sightline::test
