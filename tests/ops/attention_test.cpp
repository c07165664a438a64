#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

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

void PrintTo(const AttentionCase& c, std::ostream* out) {
  *out << c.name;
}

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
  const Tensor y = run(*create_ops(Backend::cpu));
  ASSERT_EQ(y.shape(), (Shape{c.batch, c.positions, c.channels}));
  const auto reference = reference_attention(qkv(), c.heads, c.causal);
  EXPECT_LE(difference(y, reference).largest, c.tolerance);
}

TEST_P(AttentionOp, OnednnAgreesWithTorch) {
  const auto torch = torch_or_null();
  if (!torch) GTEST_SKIP() << kNoTorch;
  EXPECT_LE(difference(run(*create_ops(Backend::cpu)), run(*torch)).largest, GetParam().tolerance);
}

INSTANTIATE_TEST_SUITE_P(Sizes, AttentionOp,
                         testing::Values(AttentionCase{"one", 1, 1, 8, 1, false, 1, 1e-6},
                                         AttentionCase{"one_causal", 1, 1, 64, 1, true, 1, 1e-6},
                                         AttentionCase{"odd", 3, 7, 15, 3, false, 1, 2e-6},
                                         AttentionCase{"odd_causal", 3, 7, 15, 3, true, 1, 2e-6},
                                         AttentionCase{"width_one", 2, 5, 3, 3, false, 1, 2e-6},
                                         AttentionCase{"width_17", 2, 33, 34, 2, true, 1, 2e-6},
                                         AttentionCase{"width_80", 1, 41, 160, 2, false, 1, 2e-6},
                                         AttentionCase{"width_88_causal", 2, 19, 176, 2, true, 1,
                                                       2e-6},
                                         AttentionCase{"sharp", 2, 21, 64, 2, false, 4, 2e-4},
                                         AttentionCase{"sharp_causal", 2, 21, 64, 2, true, 4, 2e-4},
                                         AttentionCase{"b32", 4, 50, 768, 12, false, 1, 2e-6},
                                         AttentionCase{"b16", 2, 197, 768, 12, false, 1, 2e-6},
                                         AttentionCase{"l14", 1, 257, 1024, 16, false, 1, 2e-6},
                                         AttentionCase{"h14", 1, 257, 1280, 16, false, 1, 2e-6},
                                         AttentionCase{"big_g14", 1, 257, 1664, 16, false, 1, 2e-6},
                                         AttentionCase{"text_1280", 2, 77, 1280, 20, true, 1, 2e-6},
                                         AttentionCase{"text_5", 6, 5, 512, 8, true, 1, 2e-6},
                                         AttentionCase{"text_12", 6, 12, 512, 8, true, 1, 2e-6},
                                         AttentionCase{"text_77", 2, 77, 512, 8, true, 1, 2e-6}),
                         [](const auto& c) { return std::string(c.param.name); });

// Nothing after a position can change it: the text tower relies on this to stop at the end token.
TEST(CausalAttention, LaterPositionsDoNotMatter) {
  const auto ops = create_ops(Backend::cpu);
  Tensor qkv = random_tensor({1, 20, 96}, 9);
  const Tensor before = ops->attention(qkv, 2, true);
  std::fill_n(qkv.data<float>() + 11 * 96, 9 * 96, 1e3f);
  const Tensor after = ops->attention(qkv, 2, true);
  for (int64_t i = 0; i < 11 * 32; ++i) {
    ASSERT_EQ(before.data<float>()[i], after.data<float>()[i]) << "element " << i;
  }
}

struct LengthsCase {
  const char* name;
  int64_t positions, channels, heads;
  bool causal;
  std::vector<int32_t> lengths;
};

void PrintTo(const LengthsCase& c, std::ostream* out) {
  *out << c.name;
}

class PackedAttention : public testing::TestWithParam<LengthsCase> {
 protected:
  Tensor run(Ops& ops, const Tensor& qkv) const {
    const LengthsCase& c = GetParam();
    return ops.to_host(ops.attention(ops.from_host(packed_rows(qkv, c.lengths)), c.heads, c.causal,
                                     offsets_of(c.lengths)));
  }
};

TEST_P(PackedAttention, AgreesWithTheDefinition) {
  const LengthsCase& c = GetParam();
  const Tensor qkv =
      random_tensor({static_cast<int64_t>(c.lengths.size()), c.positions, 3 * c.channels}, 6);
  const auto reference = packed_rows(reference_attention(qkv, c.heads, c.causal, c.lengths),
                                     c.lengths, c.positions, c.channels);
  EXPECT_LE(difference(run(*create_ops(Backend::cpu), qkv), reference).largest, 2e-6);
  if (const auto torch = torch_or_null()) {
    EXPECT_LE(difference(run(*torch, qkv), reference).largest, 2e-6);
  }
}

// One query per sequence, compared with each sequence alone.
TEST_P(PackedAttention, PoolAgreesWithEachSequenceAlone) {
  const LengthsCase& c = GetParam();
  const auto batch = static_cast<int64_t>(c.lengths.size());
  const Tensor q = random_tensor({batch, c.channels}, 7);
  const Tensor kv = packed_rows(random_tensor({batch, c.positions, 2 * c.channels}, 8), c.lengths);
  const auto offsets = offsets_of(c.lengths);
  Doubles reference;
  for (int64_t b = 0; b < batch; ++b) {
    const int64_t length = c.lengths[static_cast<size_t>(b)];
    Tensor query({1, c.channels}, DType::f32), keys({1, length, 2 * c.channels}, DType::f32);
    std::copy_n(q.data<float>() + b * c.channels, c.channels, query.data<float>());
    std::copy_n(kv.data<float>() + offsets[static_cast<size_t>(b)] * 2 * c.channels, keys.count(),
                keys.data<float>());
    const Doubles one = reference_single_query_attention(query, keys, c.heads);
    reference.insert(reference.end(), one.begin(), one.end());
  }
  const auto run = [&](Ops& ops) {
    return ops.to_host(
        ops.single_query_attention(ops.from_host(q), ops.from_host(kv), c.heads, offsets));
  };
  EXPECT_LE(difference(run(*create_ops(Backend::cpu)), reference).largest, 2e-6);
  if (const auto torch = torch_or_null()) {
    EXPECT_LE(difference(run(*torch), reference).largest, 2e-6);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, PackedAttention,
                         testing::Values(LengthsCase{"one", 1, 8, 1, false, {1}},
                                         LengthsCase{"odd", 7, 15, 3, false, {1, 7, 4}},
                                         LengthsCase{"odd_causal", 7, 15, 3, true, {3, 1, 7}},
                                         LengthsCase{
                                             "bert", 40, 768, 12, false, {2, 40, 17, 33, 16}}),
                         [](const auto& c) { return std::string(c.param.name); });

struct BiasCase {
  const char* name;
  int64_t positions, channels, heads;
  int64_t groups, side;  // G, P
  float scale;
  std::vector<int32_t> lengths;  // of packed sequences; none: 7 of all positions
};

void PrintTo(const BiasCase& c, std::ostream* out) {
  *out << c.name;
}

class BiasedAttention : public testing::TestWithParam<BiasCase> {
 protected:
  int64_t batch() const {
    return GetParam().lengths.empty() ? 7 : static_cast<int64_t>(GetParam().lengths.size());
  }
  Tensor qkv() const {
    return random_tensor({batch(), GetParam().positions, 3 * GetParam().channels}, 5);
  }
  // Hides some positions, never the sequence's first, as a mask of windows does.
  Tensor bias() const {
    const BiasCase& c = GetParam();
    Tensor bias = random_tensor({c.groups, c.heads, c.side, c.side}, 6);
    for (int64_t i = 0; i < bias.count(); i += 5) {
      if (i % c.side != 0) bias.data<float>()[i] = -INFINITY;
    }
    return bias;
  }
  Doubles expected() const {
    const BiasCase& c = GetParam();
    const Doubles all = reference_biased_attention(qkv(), c.heads, bias(), c.scale, c.lengths);
    return c.lengths.empty() ? all : packed_rows(all, c.lengths, c.positions, c.channels);
  }
  Tensor run(Ops& ops) const {
    const BiasCase& c = GetParam();
    const Tensor rows = c.lengths.empty() ? qkv() : packed_rows(qkv(), c.lengths);
    return ops.to_host(ops.biased_attention(ops.from_host(rows), c.heads, ops.from_host(bias()),
                                            c.scale, offsets_of(c.lengths)));
  }
};

// Without 1 / sqrt(C / heads) softmax is sharp, and its rounding errors grow with the scores.
TEST_P(BiasedAttention, AgreesWithTheDefinition) {
  const double tolerance = GetParam().scale == 1 ? 2e-5 : 2e-6;
  EXPECT_LE(difference(run(*create_ops(Backend::cpu)), expected()).largest, tolerance);
  if (const auto torch = torch_or_null()) {
    EXPECT_LE(difference(run(*torch), expected()).largest, tolerance);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, BiasedAttention,
    testing::Values(BiasCase{"one", 1, 8, 1, 1, 1, 0.5f, {}},
                    BiasCase{"odd", 7, 15, 3, 3, 7, 0.25f, {}},
                    BiasCase{"larger_bias", 7, 15, 3, 3, 11, 0.25f, {}},
                    BiasCase{"packed", 7, 15, 3, 1, 9, 0.25f, {1, 7, 4}},
                    BiasCase{"packed_groups", 7, 15, 3, 2, 7, 0.25f, {3, 1, 7, 7, 2}},
                    BiasCase{"swin", 49, 96, 3, 4, 49, 0.1767767f, {}},
                    BiasCase{"mpnet", 40, 768, 12, 1, 64, 0.125f, {2, 40, 17, 33, 16}},
                    BiasCase{"mt5", 40, 768, 12, 1, 77, 1, {2, 40, 17, 33, 16}}),
    [](const auto& c) { return std::string(c.param.name); });

struct PoolCase {
  const char* name;
  int64_t batch, positions, channels, heads;
};

void PrintTo(const PoolCase& c, std::ostream* out) {
  *out << c.name;
}

class AttentionPoolOp : public testing::TestWithParam<PoolCase> {};

TEST_P(AttentionPoolOp, AgreesWithTheDefinitionAndTorch) {
  const PoolCase& c = GetParam();
  const Tensor q = random_tensor({c.batch, c.channels}, 7);
  const Tensor kv = random_tensor({c.batch, c.positions, 2 * c.channels}, 8);
  const auto run = [&](Ops& ops) {
    return ops.to_host(ops.single_query_attention(ops.from_host(q), ops.from_host(kv), c.heads));
  };
  const Tensor y = run(*create_ops(Backend::cpu));
  ASSERT_EQ(y.shape(), (Shape{c.batch, c.channels}));
  EXPECT_LE(difference(y, reference_single_query_attention(q, kv, c.heads)).largest, 2e-6);
  if (const auto torch = torch_or_null()) {
    EXPECT_LE(difference(y, run(*torch)).largest, 2e-6);
  }
}

// The same from the input rows of keys and values. Large biases check that the key bias, which the
// backend drops, does not affect softmax.
TEST_P(AttentionPoolOp, FromRowsAgreesWithTheDefinitionAndTorch) {
  const PoolCase& c = GetParam();
  if (c.channels > 2048) return;  // the definition takes a minute
  const Tensor q = random_tensor({c.batch, c.channels}, 7),
               x = random_tensor({c.batch, c.positions, c.channels}, 8);
  const Tensor weight = random_tensor({2 * c.channels, c.channels}, 9,
                                      1.f / std::sqrt(static_cast<float>(c.channels)));
  const Tensor bias = random_tensor({2 * c.channels}, 10, 3.f);
  Tensor kv({c.batch, c.positions, 2 * c.channels}, DType::f32);
  const Doubles exact = reference_linear(x, weight, bias, Activation::none, {});
  std::transform(exact.begin(), exact.end(), kv.data<float>(),
                 [](double value) { return static_cast<float>(value); });
  const auto run = [&](Ops& ops) {
    const AttentionPool2d weights = ops.attention_pool_2d_weights("pool", weight, bias, c.heads);
    return ops.to_host(ops.attention_pool_2d(ops.from_host(q), ops.from_host(x), weights));
  };
  const Doubles expected = reference_single_query_attention(q, kv, c.heads);
  for (const Precision precision : kPrecisions) {
    const Tensor y = run(*create_ops(Backend::cpu, {.precision = precision}));
    ASSERT_EQ(y.shape(), (Shape{c.batch, c.channels}));
    // bf16 in low precisions. Measured 0.0063.
    EXPECT_LE(difference(y, expected).largest, precision == Precision::fp32 ? 1e-5 : 0.01);
  }
  if (const auto torch = torch_or_null()) {
    EXPECT_LE(difference(run(*torch), expected).largest, 1e-5);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, AttentionPoolOp,
                         testing::Values(PoolCase{"one", 1, 1, 1, 1}, PoolCase{"odd", 3, 5, 21, 3},
                                         PoolCase{"width_40", 2, 10, 80, 2},
                                         PoolCase{"rn50", 3, 50, 2048, 32},
                                         PoolCase{"rn50x4", 2, 82, 2560, 40},
                                         PoolCase{"rn50x64", 1, 197, 4096, 64}),
                         [](const auto& c) { return std::string(c.param.name); });

}  // namespace
}  // namespace sightline::test
