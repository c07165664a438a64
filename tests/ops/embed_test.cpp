// Patch embedding, class token and positions, token embedding, gather.
#include <gtest/gtest.h>
#include <sightline/error.h>

#include <cmath>
#include <cstring>
#include <utility>

#include "reference.h"

namespace sightline::test {
namespace {

struct PatchCase {
  const char* name;
  int64_t batch, side, patch, channels;
  double tolerance;
};

void PrintTo(const PatchCase& c, std::ostream* out) {
  *out << c.name;
}

class PatchEmbedOp : public testing::TestWithParam<PatchCase> {
 protected:
  void SetUp() override {
    const PatchCase& c = GetParam();
    const int64_t inputs = 3 * c.patch * c.patch;
    pixels_ = random_tensor({c.batch, 3, c.side, c.side}, 1);
    weight_ = random_tensor({c.channels, inputs}, 2, 1.f / std::sqrt(static_cast<float>(inputs)));
  }
  Tensor run(Ops& ops) const {
    const Linear weights = ops.linear_weights("patch", weight_, Tensor());
    return ops.to_host(ops.patch_embed(ops.from_host(pixels_), weights, GetParam().patch));
  }
  Tensor pixels_, weight_;
};

TEST_P(PatchEmbedOp, OnednnAgreesWithTheConvolution) {
  const PatchCase& c = GetParam();
  const Tensor y = run(*create_ops(Backend::cpu));
  const int64_t grid = c.side / c.patch;
  ASSERT_EQ(y.shape(), (Shape{c.batch, grid * grid, c.channels}));
  const auto reference = reference_patch_embed(pixels_, weight_, c.patch);
  EXPECT_LE(difference(y, reference).largest, c.tolerance);
}

// Only pixels that are moved in may be overwritten; the result is the same.
TEST_P(PatchEmbedOp, MovedInPixelsHaveTheSameResult) {
  const auto ops = create_ops(Backend::cpu);
  const Linear weights = ops->linear_weights("patch", weight_, Tensor());
  const Tensor before = to_f32(pixels_);
  const Tensor kept = ops->patch_embed(pixels_, weights, GetParam().patch);
  const Tensor borrowed = ops->patch_embed(
      Tensor::borrow(pixels_.shape(), DType::f32, pixels_.raw()), weights, GetParam().patch);
  ASSERT_EQ(std::memcmp(pixels_.raw(), before.raw(), before.bytes()), 0);
  const Tensor given = ops->patch_embed(std::move(pixels_), weights, GetParam().patch);
  EXPECT_EQ(std::memcmp(kept.raw(), given.raw(), kept.bytes()), 0);
  EXPECT_EQ(std::memcmp(kept.raw(), borrowed.raw(), kept.bytes()), 0);
}

TEST_P(PatchEmbedOp, OnednnAgreesWithTorch) {
  const auto torch = torch_or_null();
  if (!torch) GTEST_SKIP() << kNoTorch;
  EXPECT_LE(difference(run(*create_ops(Backend::cpu)), run(*torch)).largest, GetParam().tolerance);
}

TEST_P(PatchEmbedOp, ABiasIsAddedToEveryPatch) {
  const PatchCase& c = GetParam();
  const Tensor bias = random_tensor({c.channels}, 3);
  auto reference = reference_patch_embed(pixels_, weight_, c.patch);
  for (size_t i = 0; i < reference.size(); ++i)
    reference[i] += bias.data<float>()[i % static_cast<size_t>(c.channels)];
  for (const Backend backend : {Backend::cpu, Backend::torch}) {
    const auto ops = backend == Backend::torch ? torch_or_null() : create_ops(backend);
    if (!ops) continue;
    const Linear weights = ops->linear_weights("patch", weight_, bias);
    const Tensor y = ops->to_host(ops->patch_embed(ops->from_host(pixels_), weights, c.patch));
    EXPECT_LE(difference(y, reference).largest, c.tolerance) << backend_name(backend);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, PatchEmbedOp,
                         testing::Values(PatchCase{"one_pixel", 1, 1, 1, 4, 1e-6},
                                         PatchCase{"odd", 3, 15, 5, 7, 4e-6},
                                         PatchCase{"edge_left_over", 2, 17, 4, 9, 4e-6},
                                         PatchCase{"b32", 1, 224, 32, 768, 1e-5},
                                         PatchCase{"b16", 1, 224, 16, 768, 1e-5},
                                         PatchCase{"l14", 1, 224, 14, 1024, 1e-5},
                                         PatchCase{"batch", 5, 64, 16, 96, 1e-5}),
                         [](const auto& c) { return std::string(c.param.name); });

// These add or copy single values: exact.
TEST(AddClassAndPositions, IsExact) {
  for (const auto& [batch, patches, width] :
       {std::tuple{1, 1, 1}, {3, 7, 5}, {2, 49, 768}, {2, 196, 768}, {1, 256, 1024}}) {
    const Tensor x = random_tensor({batch, patches, width}, 1);
    const Tensor token = random_tensor({width}, 2);
    const Tensor positions = random_tensor({patches + 1, width}, 3);
    Doubles expected;
    for (int b = 0; b < batch; ++b) {
      for (int t = 0; t <= patches; ++t) {
        for (int c = 0; c < width; ++c) {
          const float value =
              t == 0 ? token.data<float>()[c] : x.data<float>()[(b * patches + t - 1) * width + c];
          expected.push_back(value + positions.data<float>()[t * width + c]);
        }
      }
    }
    for (const Backend backend : {Backend::cpu, Backend::torch}) {
      const auto ops = backend == Backend::torch ? torch_or_null() : create_ops(backend);
      if (!ops) continue;
      const Tensor y = ops->to_host(ops->add_class_and_positions(
          ops->from_host(x), ops->parameter("t", token), ops->parameter("p", positions)));
      EXPECT_EQ(y.shape(), (Shape{batch, patches + 1, width}));
      EXPECT_EQ(difference(y, expected).largest, 0) << backend_name(backend);
    }
  }
}

// A class token per sequence, and patches with rows and columns.
TEST(AddClassAndPositions, OneTokenForEachSequence) {
  const Tensor x = random_tensor({3, 2, 4, 5}, 1);
  const Tensor tokens = random_tensor({3, 5}, 2);
  const Tensor positions = random_tensor({9, 5}, 3);
  Doubles expected;
  for (int b = 0; b < 3; ++b) {
    for (int t = 0; t < 9; ++t) {
      for (int c = 0; c < 5; ++c) {
        const float value =
            t == 0 ? tokens.data<float>()[b * 5 + c] : x.data<float>()[(b * 8 + t - 1) * 5 + c];
        expected.push_back(value + positions.data<float>()[t * 5 + c]);
      }
    }
  }
  for (const Backend backend : {Backend::cpu, Backend::torch}) {
    const auto ops = backend == Backend::torch ? torch_or_null() : create_ops(backend);
    if (!ops) continue;
    const Tensor y = ops->to_host(ops->add_class_and_positions(
        ops->from_host(x), ops->from_host(tokens), ops->parameter("p", positions)));
    EXPECT_EQ(y.shape(), (Shape{3, 9, 5}));
    EXPECT_EQ(difference(y, expected).largest, 0) << backend_name(backend);
  }
}

// SigLIP: positions without a class token.
TEST(AddClassAndPositions, NoClassToken) {
  const Tensor x = random_tensor({3, 2, 4, 5}, 1);
  const Tensor positions = random_tensor({8, 5}, 3);
  Doubles expected;
  for (int64_t i = 0; i < x.count(); ++i)
    expected.push_back(x.data<float>()[i] + positions.data<float>()[i % 40]);
  for (const Backend backend : {Backend::cpu, Backend::torch}) {
    const auto ops = backend == Backend::torch ? torch_or_null() : create_ops(backend);
    if (!ops) continue;
    const Tensor y = ops->to_host(
        ops->add_class_and_positions(ops->from_host(x), {}, ops->parameter("p", positions)));
    EXPECT_EQ(y.shape(), (Shape{3, 8, 5}));
    EXPECT_EQ(difference(y, expected).largest, 0) << backend_name(backend);
    EXPECT_THROW(ops->add_class_and_positions(ops->from_host(x), {},
                                              ops->parameter("q", random_tensor({9, 5}, 3))),
                 Error)
        << backend_name(backend);
  }
}

TEST(EmbedTokens, IsExact) {
  struct Case {
    std::vector<int32_t> lengths;
    int width;
  };
  for (const auto& [lengths, width] : {Case{{1}, 1}, {{5, 2, 7}, 7}, {{77, 3, 12, 77}, 512}}) {
    const int vocabulary = 101;
    const std::vector<int32_t> offsets = offsets_of(lengths);
    Tensor ids({offsets.back()}, DType::i32);
    for (int i = 0; i < offsets.back(); ++i) ids.data<int32_t>()[i] = (i * 37 + 100) % vocabulary;
    const Tensor table = random_tensor({vocabulary, width}, 1);
    const Tensor positions = random_tensor({80, width}, 2);
    Doubles expected;
    for (size_t b = 0; b < lengths.size(); ++b) {
      for (int t = 0; t < lengths[b]; ++t) {
        for (int c = 0; c < width; ++c) {
          expected.push_back(table.data<float>()[ids.data<int32_t>()[offsets[b] + t] * width + c] +
                             positions.data<float>()[t * width + c]);
        }
      }
    }
    for (const Backend backend : {Backend::cpu, Backend::torch}) {
      const auto ops = backend == Backend::torch ? torch_or_null() : create_ops(backend);
      if (!ops) continue;
      const Tensor y =
          ops->to_host(ops->embed_tokens(ops->from_host(ids), ops->parameter("v", table),
                                         ops->parameter("p", positions), offsets));
      EXPECT_EQ(y.shape(), (Shape{offsets.back(), width}));
      EXPECT_EQ(difference(y, expected).largest, 0) << backend_name(backend);
    }
  }
}

TEST(SelectRows, IsExact) {
  const Tensor x = random_tensor({4, 9, 33}, 1);
  const std::vector<int32_t> rows = {8, 9, 21, 30, 30, 0};
  Doubles expected;
  for (const int32_t row : rows) {
    for (int c = 0; c < 33; ++c) expected.push_back(x.data<float>()[row * 33 + c]);
  }
  for (const Backend backend : {Backend::cpu, Backend::torch}) {
    const auto ops = backend == Backend::torch ? torch_or_null() : create_ops(backend);
    if (!ops) continue;
    const Tensor y = ops->to_host(ops->gather_rows(ops->from_host(x), rows));
    EXPECT_EQ(y.shape(), (Shape{6, 33}));
    EXPECT_EQ(difference(y, expected).largest, 0) << backend_name(backend);
  }
}

// The tests above run torch only where it is built; this one reports that it is not.
TEST(MovingRows, TorchWasCompared) {
  const auto torch = torch_or_null();
  if (!torch) GTEST_SKIP() << kNoTorch;
  EXPECT_EQ(torch->name(), "torch");
}

}  // namespace
}  // namespace sightline::test
