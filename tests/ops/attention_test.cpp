#include <gtest/gtest.h>

#include "reference.h"

namespace sightline::test {
namespace {

// Results are averages of values of unit variance: absolute tolerance, measured 1e-6 at T = 257.
struct AttentionCase {
  const char* name;
  int64_t batch, positions, channels, heads;
  bool causal;
  float scale;  // of qkv: larger ones make softmax sharp
  double tolerance;
};

void PrintTo(const AttentionCase& c, std::ostream* out) { *out << c.name; }

class AttentionOp : public testing::TestWithParam<AttentionCase> {
 protected:
  Tensor qkv() const {
    const AttentionCase& c = GetParam();
    return random_tensor({c.batch, c.positions, 3 * c.channels}, 5, c.scale);
  }
  Tensor run(Ops& ops) const {
    return ops.to_host(ops.attention(ops.from_host(qkv()), GetParam().heads, GetParam().causal));
  }
};

TEST_P(AttentionOp, OnednnAgreesWithTheDefinition) {
  const AttentionCase& c = GetParam();
  const Tensor y = run(*create_ops("onednn"));
  ASSERT_EQ(y.shape(), (Shape{c.batch, c.positions, c.channels}));
  const auto reference = reference_attention(qkv(), c.heads, c.causal);
  EXPECT_LE(difference(y, reference).largest, c.tolerance);
}

TEST_P(AttentionOp, OnednnAgreesWithTorch) {
  const auto torch = torch_or_null();
  if (!torch) GTEST_SKIP() << kNoTorch;
  EXPECT_LE(difference(run(*create_ops("onednn")), run(*torch)).largest, GetParam().tolerance);
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, AttentionOp,
    testing::Values(
        AttentionCase{"one", 1, 1, 8, 1, false, 1, 1e-6},
        AttentionCase{"one_causal", 1, 1, 64, 1, true, 1, 1e-6},
        AttentionCase{"odd", 3, 7, 15, 3, false, 1, 2e-6},
        AttentionCase{"odd_causal", 3, 7, 15, 3, true, 1, 2e-6},
        AttentionCase{"width_one", 2, 5, 3, 3, false, 1, 2e-6},
        AttentionCase{"width_17", 2, 33, 34, 2, true, 1, 2e-6},
        AttentionCase{"width_80", 1, 41, 160, 2, false, 1, 2e-6},
        AttentionCase{"width_88_causal", 2, 19, 176, 2, true, 1, 2e-6},
        AttentionCase{"sharp", 2, 21, 64, 2, false, 4, 2e-4},
        AttentionCase{"sharp_causal", 2, 21, 64, 2, true, 4, 2e-4},
        AttentionCase{"b32", 4, 50, 768, 12, false, 1, 2e-6},
        AttentionCase{"b16", 2, 197, 768, 12, false, 1, 2e-6},
        AttentionCase{"l14", 1, 257, 1024, 16, false, 1, 2e-6},
        AttentionCase{"text_5", 6, 5, 512, 8, true, 1, 2e-6},
        AttentionCase{"text_12", 6, 12, 512, 8, true, 1, 2e-6},
        AttentionCase{"text_77", 2, 77, 512, 8, true, 1, 2e-6}),
    [](const auto& c) { return std::string(c.param.name); });

// Nothing after a position can change it: the text tower relies on this to stop at the end token.
TEST(CausalAttention, LaterPositionsDoNotMatter) {
  const auto ops = create_ops("onednn");
  Tensor qkv = random_tensor({1, 20, 96}, 9);
  const Tensor before = ops->attention(qkv, 2, true);
  std::fill_n(qkv.data<float>() + 11 * 96, 9 * 96, 1e3f);
  const Tensor after = ops->attention(qkv, 2, true);
  for (int64_t i = 0; i < 11 * 32; ++i) {
    ASSERT_EQ(before.data<float>()[i], after.data<float>()[i]) << "element " << i;
  }
}

}  // namespace
}  // namespace sightline::test
