// The vision and text transformers in every configuration that families may choose, against a
// reference in double precision (transformer_reference.h).
#include <gtest/gtest.h>
#include <sightline/error.h>

#include <cmath>
#include <numeric>

#include "base/plugin.h"
#include "models/bert.h"
#include "models/text_transformer.h"
#include "models/vision_transformer.h"
#include "unit/encode/transformer_reference.h"

namespace sightline::test {
namespace {

struct Setting {
  Backend backend;
  Precision precision;
  double tolerance;  // vectors are of the order of 1: fp32 sums, and bf16's 8 bits
};

std::vector<Setting> settings() {
  std::vector<Setting> all = {{Backend::cpu, Precision::fp32, 2e-5},
                              {Backend::cpu, Precision::bf16, 0.08}};
  if (plugin_exists("torch")) all.push_back({Backend::torch, Precision::fp32, 2e-5});
  return all;
}

TransformerConfig small_transformer(PoolingKind pooling, Activation activation) {
  TransformerConfig config;
  config.width = 24;
  config.layers = 2;
  config.heads = 3;
  config.mlp = 40;
  config.activation = activation;
  config.pooling = pooling;
  return config;
}

void expect_near(const Tensor& got, const Rows& expected, const Setting& setting) {
  ASSERT_EQ(got.shape(), (Shape{static_cast<int64_t>(expected.size()),
                                static_cast<int64_t>(expected[0].size())}));
  for (int64_t i = 0; i < got.count(); ++i) {
    const auto b = static_cast<size_t>(i / got.dim(1)), c = static_cast<size_t>(i % got.dim(1));
    ASSERT_NEAR(got.data<float>()[i], expected[b][c], setting.tolerance)
        << backend_name(setting.backend) << ' ' << precision_name(setting.precision) << " row " << b
        << " dimension " << c;
  }
}

struct VisionCase {
  const char* name;
  PoolingKind pooling;
  Activation activation;
  bool class_token, patch_bias, pre_norm, norm_after_pooling;
  int64_t embedding_dim;
};

void PrintTo(const VisionCase& c, std::ostream* out) {
  *out << c.name;
}

class VisionTransformerTest : public ::testing::TestWithParam<VisionCase> {
 protected:
  VisionTransformerTest() {
    const VisionCase& c = GetParam();
    config_.transformer = small_transformer(c.pooling, c.activation);
    config_.transformer.norm_after_pooling = c.norm_after_pooling;
    config_.image_size = 15;
    config_.patch_size = 5;
    config_.class_token = c.class_token;
    config_.patch_bias = c.patch_bias;
    config_.pre_norm = c.pre_norm;
    config_.embedding_dim = c.embedding_dim;
  }

  static std::vector<double> row_of(const Tensor& tensor, int64_t row, int64_t width) {
    const float* const from = tensor.data<float>() + row * width;
    return {from, from + width};
  }

  // One image's patches in the order (channel, row, column).
  Rows patches(const float* pixels) const {
    const int64_t side = config_.image_size, patch = config_.patch_size;
    Rows rows;
    for (int64_t top = 0; top + patch <= side; top += patch) {
      for (int64_t left = 0; left + patch <= side; left += patch) {
        auto& row = rows.emplace_back();
        for (int64_t i = 0; i < 3 * patch * patch; ++i) {
          const int64_t channel = i / (patch * patch), y = top + i / patch % patch;
          row.push_back(pixels[(channel * side + y) * side + left + i % patch]);
        }
      }
    }
    return rows;
  }

  std::vector<double> reference(const RandomParameters& p, const float* pixels) const {
    const std::string name = "vision_model.";
    const int64_t width = config_.transformer.width;
    Rows x = reference_linear(p, name + "embeddings.patch_embedding", patches(pixels));
    if (config_.class_token)
      x.insert(x.begin(), row_of(p.at(name + "embeddings.class_embedding"), 0, width));
    const Tensor& positions = p.at(name + "embeddings.position_embedding.weight");
    EXPECT_EQ(positions.dim(0), static_cast<int64_t>(x.size()));
    for (size_t t = 0; t < x.size(); ++t) {
      const auto position = row_of(positions, static_cast<int64_t>(t), width);
      for (size_t c = 0; c < position.size(); ++c) x[t][c] += position[c];
    }
    if (config_.pre_norm) x = reference_norm(p, name + "pre_layrnorm", x, 1e-5);
    const auto pooled =
        reference_transformer(p, {name + "encoder.layers", name + "post_layernorm", name + "head"},
                              config_.transformer, x);
    return config_.embedding_dim > 0 ? reference_linear(p, "visual_projection", {pooled})[0]
                                     : pooled;
  }

  VisionTransformerConfig config_;
};

TEST_P(VisionTransformerTest, AgreesWithTheDefinition) {
  constexpr int64_t kBatch = 3;
  Tensor pixels({kBatch, 3, config_.image_size, config_.image_size}, DType::f32);
  for (int64_t i = 0; i < pixels.count(); ++i)
    pixels.data<float>()[i] = static_cast<float>(std::sin(0.7 * static_cast<double>(i * i % 1009)));
  for (const Setting& setting : settings()) {
    const auto ops = create_ops(setting.backend, {setting.precision, {}, false});
    RandomParameters parameters;
    WeightBuilder weights(parameters, ops.get());
    const VisionTransformer tower(weights, config_);
    Rows expected;
    for (int64_t b = 0; b < kBatch; ++b)
      expected.push_back(reference(parameters, pixels.data<float>() + b * pixels.count() / kBatch));
    expect_near(ops->to_host(tower.encode(*ops, ops->from_host(pixels))), expected, setting);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Configurations, VisionTransformerTest,
    ::testing::Values(VisionCase{"clip", PoolingKind::first, Activation::quick_gelu, true, false,
                                 true, false, 10},
                      VisionCase{"siglip", PoolingKind::attention, Activation::gelu_tanh, false,
                                 true, false, false, 0},
                      VisionCase{"attention_with_class_token", PoolingKind::attention,
                                 Activation::gelu, true, false, true, false, 7},
                      VisionCase{"mean_of_normed", PoolingKind::mean, Activation::gelu, false,
                                 false, false, false, 10},
                      VisionCase{"mean_then_norm", PoolingKind::mean, Activation::gelu_tanh, false,
                                 true, true, true, 10},
                      VisionCase{"last", PoolingKind::last, Activation::gelu, false, true, false,
                                 false, 0}),
    [](const auto& test) { return std::string(test.param.name); });

struct TextCase {
  const char* name;
  PoolingKind pooling;
  bool causal;
  std::optional<int32_t> pad_id;
  bool projection_bias;
};

void PrintTo(const TextCase& c, std::ostream* out) {
  *out << c.name;
}

class TextTransformerTest : public ::testing::TestWithParam<TextCase> {};

TEST_P(TextTransformerTest, AgreesWithTheDefinition) {
  const TextCase& c = GetParam();
  TextTransformerConfig config;
  config.transformer = small_transformer(c.pooling, Activation::gelu_tanh);
  config.transformer.causal = c.causal;
  config.context_length = 9;
  config.vocab_size = 31;
  config.pad_id = c.pad_id;
  config.embedding_dim = 10;
  config.projection = "text_model.head";
  config.projection_bias = c.projection_bias;
  const std::vector<TokenIds> texts = {
      {{3, 30, 7}, false, ""}, {{1}, false, ""}, {{5, 6, 7, 8, 9, 10, 11, 12, 0}, false, ""}};

  for (const Setting& setting : settings()) {
    const auto ops = create_ops(setting.backend, {setting.precision, {}, false});
    RandomParameters p;
    WeightBuilder weights(p, ops.get());
    const TextTransformer tower(weights, config);
    Rows expected;
    for (const TokenIds& text : texts) {
      std::vector<int32_t> ids = text.ids;
      if (c.pad_id) ids.resize(9, *c.pad_id);
      Rows x;
      for (size_t t = 0; t < ids.size(); ++t) {
        const float* const token =
            p.at("text_model.embeddings.token_embedding.weight").data<float>() + ids[t] * 24;
        const float* const position =
            p.at("text_model.embeddings.position_embedding.weight").data<float>() + t * 24;
        auto& row = x.emplace_back();
        for (int k = 0; k < 24; ++k) row.push_back(static_cast<double>(token[k]) + position[k]);
      }
      const auto pooled = reference_transformer(
          p, {"text_model.encoder.layers", "text_model.final_layer_norm", "text_model.pooling"},
          config.transformer, x);
      expected.push_back(reference_linear(p, "text_model.head", {pooled})[0]);
    }
    const PackedTokens packed = pack_tokens(texts, tower.padding());
    expect_near(ops->to_host(tower.encode(*ops, ops->from_host(packed.ids), packed.offsets)),
                expected, setting);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Configurations, TextTransformerTest,
    ::testing::Values(TextCase{"clip", PoolingKind::last, true, {}, false},
                      TextCase{"siglip", PoolingKind::last, false, 1, true},
                      TextCase{"first", PoolingKind::first, false, {}, true},
                      TextCase{"mean", PoolingKind::mean, false, {}, false},
                      TextCase{"attention", PoolingKind::attention, false, {}, true},
                      TextCase{"causal_mean_padded", PoolingKind::mean, true, 0, false}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Transformer, RefusesACausalClassToken) {
  RandomParameters parameters;
  WeightBuilder weights(parameters, nullptr);
  TransformerConfig config = small_transformer(PoolingKind::first, Activation::gelu);
  config.causal = true;
  EXPECT_THROW(Transformer(weights, {"layers", "norm", "head"}, config), Error);
}

TEST(PackedTokens, PaddingFillsEveryTextAndRefusesLongerOnes) {
  const std::vector<TokenIds> texts = {{{3, 4}, false, ""}, {{5, 6, 7}, false, ""}};
  const PackedTokens packed = pack_tokens(texts, TextPadding{3, 9});
  EXPECT_EQ(packed.offsets, (std::vector<int32_t>{0, 3, 6}));
  const int32_t* const ids = packed.ids.data<int32_t>();
  EXPECT_EQ(std::vector<int32_t>(ids, ids + 6), (std::vector<int32_t>{3, 4, 9, 5, 6, 7}));
  EXPECT_EQ(pack_tokens(texts).offsets, (std::vector<int32_t>{0, 2, 5}));
  EXPECT_THROW(pack_tokens(texts, TextPadding{2, 9}), Error);
}

// sentence-transformers' pooling_mode_cls_token: the hidden state of the first token.
TEST(BertTower, PoolingSelectsFromTheHiddenStates) {
  BertConfig config;
  config.width = 24;
  config.layers = 1;
  config.heads = 3;
  config.mlp = 40;
  config.context_length = 9;
  config.vocab_size = 31;
  config.pooling = PoolingKind::first;
  const auto ops = create_ops(Backend::cpu);
  RandomParameters parameters;
  WeightBuilder weights(parameters, ops.get());
  const BertTower tower(weights, config);
  const std::vector<TokenIds> texts = {{{3, 4}, false, ""}, {{5, 6, 7}, false, ""}};
  const PackedTokens packed = pack_tokens(texts);
  const Tensor states = tower.hidden_states(*ops, packed.ids, packed.offsets);
  const Tensor vectors = tower.encode(*ops, packed.ids, packed.offsets);
  ASSERT_EQ(vectors.shape(), (Shape{2, 24}));
  for (int64_t c = 0; c < 24; ++c) {
    EXPECT_EQ(vectors.data<float>()[c], states.data<float>()[c]);
    EXPECT_EQ(vectors.data<float>()[24 + c], states.data<float>()[2 * 24 + c]);
  }
  config.pooling = PoolingKind::attention;
  EXPECT_THROW(BertTower(weights, config), Error);
}

}  // namespace
}  // namespace sightline::test
