// Arguments that do not fit are refused, and the message has what was found.
#include <gtest/gtest.h>
#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/plugin.h"
#include "reference.h"

namespace sightline::test {
namespace {

void expect_refused(const std::function<void()>& call, const std::string& part,
                    ErrorCode code = ErrorCode::invalid_argument) {
  try {
    call();
    ADD_FAILURE() << "was accepted; expected an error with '" << part << "'";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

class OnednnChecks : public testing::Test {
 protected:
  std::unique_ptr<Ops> ops_ = create_ops(Backend::cpu);
  Tensor x_ = random_tensor({2, 5, 24}, 1);
  Linear weights_ = ops_->linear_weights("w", random_tensor({7, 24}, 2), Tensor());
};

TEST_F(OnednnChecks, Linear) {
  expect_refused([&] { ops_->linear(random_tensor({2, 23}, 1), weights_, {}, {}); }, "(2, 23)");
  expect_refused([&] { ops_->linear(x_, weights_, {}, random_tensor({2, 5, 8}, 1)); }, "(2, 5, 8)");
  expect_refused([&] { ops_->linear(Tensor(), weights_, {}, {}); }, "none");
  expect_refused([&] { ops_->linear(x_, nullptr, {}, {}); }, "cpu");
  expect_refused([&] { ops_->linear(Tensor({0, 24}, DType::f32), weights_, {}, {}); }, "(0, 24)");
  expect_refused([&] { ops_->linear(Tensor({2, 24}, DType::i32), weights_, {}, {}); }, "i32");
}

TEST_F(OnednnChecks, LinearWeights) {
  expect_refused([&] { ops_->linear_weights("w", random_tensor({7}, 1), {}); }, "(7)");
  const Tensor bias = random_tensor({8}, 1);
  expect_refused([&] { ops_->linear_weights("w", random_tensor({7, 2}, 1), bias); }, "(8)");
  expect_refused([&] { ops_->linear_weights("w", Tensor({7, 2}, DType::f16), {}); }, "f16");
}

TEST_F(OnednnChecks, LayerNorm) {
  const Tensor good = random_tensor({24}, 1);
  expect_refused([&] { ops_->layer_norm(x_, random_tensor({23}, 1), good, 1e-5f); }, "gamma");
  expect_refused([&] { ops_->layer_norm(x_, good, random_tensor({1, 24}, 1), 1e-5f); }, "(1, 24)");
}

TEST_F(OnednnChecks, Attention) {
  expect_refused([&] { ops_->attention(x_, 3, false); }, "(2, 5, 24)");
  expect_refused([&] { ops_->attention(x_, 0, false); }, "0 heads");
  expect_refused([&] { ops_->attention(random_tensor({2, 5, 25}, 1), 1, false); }, "(2, 5, 25)");
  expect_refused([&] { ops_->attention(random_tensor({5, 24}, 1), 1, false); }, "(5, 24)");
}

TEST_F(OnednnChecks, BiasedAttention) {
  const auto attend = [&](const Shape& bias, float scale) {
    return ops_->biased_attention(x_, 4, random_tensor(bias, 1), scale);
  };
  EXPECT_EQ(attend({3, 4, 6, 6}, 1).shape(), (Shape{2, 5, 8}));
  expect_refused([&] { attend({3, 4, 4, 4}, 1); }, "5 positions");
  expect_refused([&] { attend({3, 4, 5, 6}, 1); }, "(3, 4, 5, 6)");
  expect_refused([&] { attend({3, 2, 5, 5}, 1); }, "(3, 2, 5, 5)");
  expect_refused([&] { attend({4, 5, 5}, 1); }, "(4, 5, 5)");
  expect_refused([&] { attend({3, 4, 5, 5}, 0); }, "scale is 0");
  expect_refused(
      [&] {
        ops_->biased_attention(x_, 4, Tensor({1, 4, 5, 5}, DType::f16), 1);
      },
      "f16");
}

TEST_F(OnednnChecks, SequenceOffsets) {
  const Tensor packed = random_tensor({10, 24}, 1);
  const auto attend = [&](std::vector<int32_t> offsets) {
    ops_->attention(packed, 1, false, offsets);
  };
  attend({0, 4, 10});
  expect_refused([&] { attend({0}); }, "from 0 to 0");
  expect_refused([&] { attend({0, 4, 9}); }, "from 0 to 10, found from 0 to 9");
  expect_refused([&] { attend({1, 10}); }, "found from 1");
  expect_refused([&] { attend({0, 4, 4, 10}); }, "one of 0");
  expect_refused([&] { attend({0, 12, 10}); }, "one of 12");
  const std::vector<int32_t> whole = {0, 2};
  expect_refused([&] { ops_->attention(x_, 1, false, whole); }, "(2, 5, 24)");
  expect_refused([&] { ops_->mean_pool(packed, std::vector<int32_t>{0, 11, 10}); }, "one of 11");
  expect_refused([&] { ops_->mean_pool(x_, whole); }, "(R, C)");
  expect_refused([&] { ops_->mean_pool(random_tensor({2, 5}, 1)); }, "(2, 5)");
}

TEST_F(OnednnChecks, AttentionPool) {
  const Tensor q = random_tensor({2, 12}, 1);
  EXPECT_EQ(ops_->single_query_attention(q, x_, 3).shape(), (Shape{2, 12}));
  expect_refused([&] { ops_->single_query_attention(q, x_, 5); }, "5 heads");
  expect_refused([&] { ops_->single_query_attention(q, x_, 0); }, "0 heads");
  expect_refused(
      [&] {
        ops_->single_query_attention(random_tensor({3, 12}, 1), x_, 3);
      },
      "(3, 12)");
  expect_refused(
      [&] {
        ops_->single_query_attention(random_tensor({2, 11}, 1), x_, 1);
      },
      "(2, 11)");
}

TEST_F(OnednnChecks, ConvolutionWeights) {
  ConvolutionSpec spec;
  const auto make = [&] { ops_->convolution_weights("c", "n", spec); };
  expect_refused(make, "none");
  spec.weight = random_tensor({4, 3, 2, 3}, 1);
  expect_refused(make, "(4, 3, 2, 3)");
  spec.weight = random_tensor({4, 3, 2, 2}, 1);
  spec.stride = 0;
  expect_refused(make, "stride 0");
  spec.stride = 1;
  spec.padding = -1;
  expect_refused(make, "padding -1");
  spec.padding = 0;
  spec.bias = random_tensor({3}, 1);
  expect_refused(make, "c.bias");
  spec.bias = random_tensor({4}, 1);
  make();
  spec.norm = {random_tensor({4}, 1), random_tensor({4}, 1), random_tensor({4}, 1), Tensor()};
  expect_refused(make, "variance");
  spec.norm.variance = Tensor({4}, DType::f32);
  std::fill_n(spec.norm.variance.data<float>(), 4, 1.f);
  make();
  for (const float bad : {-1.f, -INFINITY, NAN}) {
    spec.norm.variance.data<float>()[2] = bad;
    expect_refused(make, "channel 2");
  }
}

TEST_F(OnednnChecks, Convolution) {
  ConvolutionSpec spec;
  spec.weight = random_tensor({4, 3, 3, 3}, 1);
  spec.padding = 1;
  spec.stride = 2;
  const Convolution weights = ops_->convolution_weights("c", "", spec);
  const auto run = [&](const Shape& x, const Tensor& residual = {}) {
    return ops_->convolution(random_tensor(x, 1), weights, Activation::relu, residual);
  };
  EXPECT_EQ(run({2, 5, 6, 3}).shape(), (Shape{2, 3, 3, 4}));
  EXPECT_EQ(run({1, 1, 1, 3}).shape(), (Shape{1, 1, 1, 4}));
  expect_refused([&] { run({2, 5, 6, 4}); }, "(2, 5, 6, 4)");
  expect_refused([&] { run({5, 6, 3}); }, "(5, 6, 3)");
  expect_refused([&] { run({2, 5, 6, 3}, random_tensor({2, 3, 4, 4}, 1)); }, "(2, 3, 4, 4)");
  expect_refused(
      [&] {
        ops_->convolution(random_tensor({1, 5, 5, 3}, 1), nullptr, {}, {});
      },
      "cpu");
  spec.padding = 0;
  const Convolution narrow = ops_->convolution_weights("c", "", spec);
  expect_refused(
      [&] {
        ops_->convolution(random_tensor({1, 2, 9, 3}, 1), narrow, {}, {});
      },
      "(1, 2, 9, 3)");
}

TEST_F(OnednnChecks, DepthwiseConvolution) {
  ConvolutionSpec spec;
  spec.depthwise = true;
  const auto make = [&] { return ops_->convolution_weights("c", "", spec); };
  spec.weight = random_tensor({4, 4, 3, 3}, 1);
  expect_refused(make, "(4, 4, 3, 3)");
  expect_refused(make, "(N, 1, R, R)");
  spec.weight = random_tensor({4, 1, 3, 2}, 1);
  expect_refused(make, "(4, 1, 3, 2)");
  spec.weight = random_tensor({4, 1, 3, 3}, 1);
  spec.bias = random_tensor({1}, 1);
  expect_refused(make, "c.bias");
  spec.bias = Tensor();
  spec.stride = 2;
  const Convolution weights = make();
  const auto run = [&](const Shape& x, const Tensor& residual = {}) {
    return ops_->convolution(random_tensor(x, 1), weights, Activation::relu6, residual);
  };
  EXPECT_EQ(run({2, 5, 6, 4}).shape(), (Shape{2, 2, 2, 4}));
  expect_refused([&] { run({2, 5, 6, 1}); }, "(2, 5, 6, 1)");
  expect_refused([&] { run({5, 6, 4}); }, "(5, 6, 4)");
  expect_refused([&] { run({1, 2, 9, 4}); }, "(1, 2, 9, 4)");
  expect_refused([&] { run({2, 5, 6, 4}, random_tensor({2, 2, 3, 4}, 1)); }, "(2, 2, 3, 4)");
}

TEST_F(OnednnChecks, Pooling) {
  const Tensor x = random_tensor({1, 4, 6, 2}, 1);
  expect_refused([&] { ops_->nchw_to_nhwc(x_); }, "(2, 5, 24)");
  expect_refused([&] { ops_->average_pool(x_, 2); }, "(2, 5, 24)");
  expect_refused([&] { ops_->average_pool(x, 5); }, "side 5");
  expect_refused([&] { ops_->average_pool(x, 0); }, "side 0");
  expect_refused([&] { ops_->max_pool(x_, 2, 2, 0); }, "(2, 5, 24)");
  expect_refused([&] { ops_->max_pool(x, 7, 1, 1); }, "side 7");
  expect_refused([&] { ops_->max_pool(x, 2, 0, 0); }, "stride 0");
  expect_refused([&] { ops_->max_pool(x, 2, 1, 2); }, "padding 2");
}

TEST_F(OnednnChecks, PatchEmbed) {
  const Linear patch = ops_->linear_weights("p", random_tensor({4, 12}, 1), Tensor());
  const Tensor pixels = random_tensor({1, 3, 8, 8}, 1);
  EXPECT_EQ(ops_->patch_embed(pixels, patch, 2).shape(), (Shape{1, 16, 4}));
  expect_refused([&] { ops_->patch_embed(pixels, patch, 3); }, "P = 3");
  expect_refused([&] { ops_->patch_embed(pixels, patch, 0); }, "P = 0");
  expect_refused(
      [&] {
        ops_->patch_embed(random_tensor({1, 1, 8, 8}, 1), patch, 2);
      },
      "(1, 1, 8, 8)");
  expect_refused(
      [&] {
        ops_->patch_embed(random_tensor({1, 3, 8, 9}, 1), patch, 2);
      },
      "(1, 3, 8, 9)");
  expect_refused(
      [&] {
        ops_->patch_embed(random_tensor({1, 3, 1, 1}, 1), patch, 2);
      },
      "(1, 3, 1, 1)");
}

TEST_F(OnednnChecks, AddClassAndPositions) {
  const Tensor token = random_tensor({24}, 1);
  const Tensor positions = random_tensor({6, 24}, 1);
  expect_refused([&] { ops_->add_class_and_positions(x_, random_tensor({23}, 1), positions); },
                 "class_token");
  expect_refused(
      [&] {
        ops_->add_class_and_positions(x_, token, random_tensor({5, 24}, 1));
      },
      "(5, 24)");
  expect_refused(
      [&] {
        ops_->add_class_and_positions(x_, random_tensor({3, 24}, 1), positions);
      },
      "(3, 24)");
  expect_refused(
      [&] {
        ops_->add_class_and_positions(random_tensor({2, 24}, 1), token, positions);
      },
      "(2, 24)");
}

TEST_F(OnednnChecks, EmbedTokens) {
  const Tensor table = random_tensor({10, 4}, 1);
  const Tensor positions = random_tensor({3, 4}, 1);
  const std::vector<int32_t> offsets = {0, 3};
  Tensor ids({3}, DType::i32);
  std::fill_n(ids.data<int32_t>(), 3, 9);
  EXPECT_EQ(ops_->embed_tokens(ids, table, positions, offsets).shape(), (Shape{3, 4}));
  for (const int32_t bad : {10, -1, INT32_MAX, INT32_MIN}) {
    ids.data<int32_t>()[2] = bad;
    expect_refused([&] { ops_->embed_tokens(ids, table, positions, offsets); },
                   std::to_string(bad));
  }
  ids.data<int32_t>()[2] = 0;
  expect_refused(
      [&] {
        ops_->embed_tokens(ids, table, random_tensor({2, 4}, 1), offsets);
      },
      "one of 3");
  expect_refused(
      [&] {
        ops_->embed_tokens(ids, table, positions, std::vector<int32_t>{0, 2});
      },
      "0 to 3");
  expect_refused([&] { ops_->embed_tokens(x_, table, positions, offsets); }, "i32");
}

TEST_F(OnednnChecks, SelectRows) {
  expect_refused([&] { ops_->gather_rows(x_, std::vector<int32_t>{0, 10}); }, "row 10");
  expect_refused([&] { ops_->gather_rows(x_, std::vector<int32_t>{-1, 0}); }, "row -1");
  expect_refused([&] { ops_->gather_rows(x_, {}); }, "no rows");
}

TEST(CreateOps, RefusesWhatItDoesNotHave) {
  const auto unsupported = ErrorCode::unsupported;
  expect_refused([] { create_ops(Backend::cpu, {.device = parse_device("cuda:1")}); }, "cuda:1",
                 unsupported);
  const auto ops = create_ops(Backend::cpu);
  EXPECT_EQ(ops->name(), "cpu");
  EXPECT_EQ(ops->precision(), Precision::fp32);
  for (const Precision precision : kPrecisions) {
    EXPECT_EQ(create_ops(Backend::cpu, {.precision = precision})->precision(), precision);
  }
}

TEST_F(OnednnChecks, AnotherBackendsTensorsAndWeights) {
  const auto torch = torch_or_null();
  if (!torch) GTEST_SKIP() << kNoTorch;
  const Linear theirs = torch->linear_weights("w", random_tensor({7, 24}, 2), Tensor());
  expect_refused([&] { ops_->linear(x_, theirs, {}, {}); }, "cpu");
  EXPECT_THROW(torch->linear(torch->from_host(x_), weights_, {}, {}), Error);
}

}  // namespace
}  // namespace sightline::test
