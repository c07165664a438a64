// Initial weights, and the directory of a trained model.
#include "train/export.h"

#include <gtest/gtest.h>
#include <sightline/image.h>

#include <cmath>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "models/weight_builder.h"
#include "train/initializer.h"
#include "unit/data/temporary_folder.h"

namespace sightline {
namespace {

ClipConfig small_config() {
  ClipConfig config;
  config.vision = {.width = 64, .layers = 2, .heads = 2, .mlp = 128};
  config.text = {.width = 16, .layers = 8, .heads = 2, .mlp = 32};
  config.image_size = 16;
  config.patch_size = 8;
  config.context_length = 10;
  config.vocab_size = 600;
  config.eos_token_id = 599;
  config.embedding_dim = 32;
  return config;
}

double deviation(const Tensor& tensor) {
  double squares = 0;
  for (int64_t i = 0; i < tensor.count(); ++i) squares += std::pow(tensor.data<float>()[i], 2);
  return std::sqrt(squares / static_cast<double>(tensor.count()));
}

std::vector<float> values(const Tensor& tensor) {
  return {tensor.data<float>(), tensor.data<float>() + tensor.count()};
}

TEST(Initializer, EachWeightHangsOnSeedAndNameAlone) {
  ClipInitializer one(small_config(), 1), same(small_config(), 1), other(small_config(), 2);
  const std::string a = "vision_model.encoder.layers.0.self_attn.q_proj.weight";
  const std::string b = "vision_model.encoder.layers.1.self_attn.q_proj.weight";
  const auto first = values(one.take(a, {64, 64}));
  EXPECT_NE(first, values(one.take(b, {64, 64})));
  same.take(b, {64, 64});  // in another order
  EXPECT_EQ(values(same.take(a, {64, 64})), first);
  EXPECT_NE(values(other.take(a, {64, 64})), first);
}

TEST(Initializer, ConstantsByRole) {
  ClipInitializer source(small_config(), 1);
  for (const char* name :
       {"vision_model.pre_layrnorm.weight", "text_model.final_layer_norm.weight"}) {
    EXPECT_EQ(values(source.take(name, {64})), std::vector<float>(64, 1.0f)) << name;
  }
  for (const char* name :
       {"vision_model.pre_layrnorm.bias", "text_model.encoder.layers.0.mlp.fc1.bias"}) {
    EXPECT_EQ(values(source.take(name, {64})), std::vector<float>(64, 0.0f)) << name;
  }
  EXPECT_FLOAT_EQ(source.take("logit_scale", {}).data<float>()[0], 2.6592f);
}

// The figures are those of CLIP.initialize_parameters for a tower of this width and depth.
TEST(Initializer, ScalesByRole) {
  ClipInitializer source(small_config(), 1);
  const std::string vision = "vision_model.encoder.layers.0.",
                    text = "text_model.encoder.layers.0.";
  const std::map<std::string, double> expected = {
      {vision + "self_attn.q_proj.weight", 1 / std::sqrt(64.0)},
      {vision + "self_attn.out_proj.weight", 1 / std::sqrt(64.0 * 2 * 2)},
      {vision + "mlp.fc1.weight", 1 / std::sqrt(2 * 64.0)},
      {vision + "mlp.fc2.weight", 1 / std::sqrt(64.0 * 2 * 2)},
      {text + "self_attn.v_proj.weight", 1 / std::sqrt(16.0)},
      {text + "self_attn.out_proj.weight", 1 / std::sqrt(16.0 * 2 * 8)},
      {text + "mlp.fc1.weight", 1 / std::sqrt(2 * 16.0)},
      {"text_model.embeddings.token_embedding.weight", 0.02},
      {"text_model.embeddings.position_embedding.weight", 0.01},
      {"vision_model.embeddings.class_embedding", 1 / std::sqrt(64.0)},
      {"visual_projection.weight", 1 / std::sqrt(64.0)},
      {"text_projection.weight", 1 / std::sqrt(16.0)},
  };
  for (const auto& [name, sigma] : expected) {
    EXPECT_NEAR(deviation(source.take(name, {200, 200})), sigma, 0.02 * sigma) << name;
  }
}

// Figures: torchvision ResNet.__init__ (zero_init_residual) and CLIP.initialize_parameters.
TEST(Initializer, ConvolutionsByTheirOutputsAndTheLastNormOfABlockZero) {
  ConvolutionInitializer source(1);
  EXPECT_NEAR(deviation(source.take("layer1.0.conv2.weight", {64, 32, 3, 3})),
              std::sqrt(2.0 / (64 * 9)), 0.001);
  EXPECT_NEAR(deviation(source.take("fc.weight", {100, 64})), 0.01, 0.0003);
  const std::vector<std::pair<const char*, float>> constants = {{"bn1.weight", 1},
                                                                {"bn1.bias", 0},
                                                                {"bn1.running_mean", 0},
                                                                {"bn1.running_var", 1},
                                                                {"layer2.1.bn3.weight", 0},
                                                                {"layer2.0.downsample.1.weight", 1},
                                                                {"fc.bias", 0}};
  for (const auto& [name, value] : constants) {
    EXPECT_EQ(values(source.take(name, {8})), std::vector<float>(8, value)) << name;
  }
  // A MobileNetV2: depthwise convolutions have one output for each input, no norm is 0.
  EXPECT_NEAR(deviation(source.take("blocks.1.0.conv_dw.weight", {200, 1, 3, 3})),
              std::sqrt(2.0 / 9), 0.02);
  EXPECT_EQ(values(source.take("blocks.1.0.bn3.weight", {8})), std::vector<float>(8, 1.0f));
  ClipInitializer clip(small_config(), 1);
  EXPECT_EQ(values(clip.take("visual.bn3.weight", {8})),
            std::vector<float>(8, 1.0f));  // of the stem
  EXPECT_EQ(values(clip.take("visual.layer1.0.bn3.weight", {8})), std::vector<float>(8, 0.0f));
  EXPECT_NEAR(deviation(clip.take("visual.attnpool.c_proj.weight", {100, 256})), 1 / 16.0, 0.002);
  EXPECT_NEAR(deviation(clip.take("visual.attnpool.positional_embedding", {50, 256})), 1 / 16.0,
              0.002);
}

TEST(Initializer, BertsMatrices) {
  BertInitializer source(1);
  EXPECT_NEAR(deviation(source.take("embeddings.word_embeddings.weight", {200, 64})), 0.02, 0.0005);
  EXPECT_EQ(values(source.take("embeddings.LayerNorm.weight", {4})), std::vector<float>(4, 1.0f));
  EXPECT_EQ(values(source.take("cls.predictions.bias", {4})), std::vector<float>(4, 0.0f));
  EXPECT_EQ(values(source.take("embeddings.token_type_embeddings.weight", {2, 2})),
            std::vector<float>(4, 0.0f));
}

TEST(WithBatchesTracked, CountsForEachNormAndKeepsStatisticsWhole) {
  const std::vector<NamedTensor> buffers = {{"bn1.running_mean", Tensor({4}, DType::f32)},
                                            {"bn1.running_var", Tensor({4}, DType::f32)}};
  const auto tensors = with_batches_tracked(buffers, 77);
  ASSERT_EQ(tensors.size(), 3u);
  EXPECT_EQ(tensors[0].name, "bn1.num_batches_tracked");
  EXPECT_EQ(tensors[0].tensor.shape(), Shape{});
  EXPECT_EQ(*tensors[0].tensor.data<int32_t>(), 77);
  const testing::TemporaryFolder folder;
  const std::vector<NamedTensor> mixed = {
      {"odd", Tensor({3}, DType::f32)}, tensors[0], tensors[1], tensors[2]};
  write_safetensors(folder.path() / "a.safetensors", mixed, FloatStorage::f16);
  const SafetensorsFile file(folder.path() / "a.safetensors");
  EXPECT_EQ(file.entries().at("odd").dtype, "F16");
  EXPECT_EQ(file.entries().at("bn1.running_var").dtype, "F32");
  EXPECT_EQ(file.entries().at("bn1.num_batches_tracked").dtype, "I32");
  // Readers that map the bytes as floats need them aligned: four-byte elements come first.
  EXPECT_EQ(reinterpret_cast<uintptr_t>(file.entries().at("bn1.running_var").bytes.data()) % 4, 0u);
  EXPECT_GT(file.entries().at("odd").bytes.data(),
            file.entries().at("bn1.running_var").bytes.data());
}

TEST(SplitFused, IsTheOtherWayOfFusedQkv) {
  Tensor weight({6, 2}, DType::f32), bias({6}, DType::f32);
  for (int i = 0; i < 12; ++i) weight.data<float>()[i] = static_cast<float>(i);
  for (int i = 0; i < 6; ++i) bias.data<float>()[i] = static_cast<float>(100 + i);
  const auto parts = split_fused("layers.3.self_attn.qkv_proj.weight", weight);
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[0].name, "layers.3.self_attn.q_proj.weight");
  EXPECT_EQ(parts[1].name, "layers.3.self_attn.k_proj.weight");
  EXPECT_EQ(parts[2].name, "layers.3.self_attn.v_proj.weight");
  EXPECT_EQ(parts[1].tensor.shape(), (Shape{2, 2}));
  EXPECT_EQ(values(parts[1].tensor), (std::vector<float>{4, 5, 6, 7}));
  EXPECT_EQ(values(split_fused("a.qkv_proj.bias", bias)[2].tensor), (std::vector<float>{104, 105}));
  const auto whole = split_fused("a.out_proj.weight", weight);
  ASSERT_EQ(whole.size(), 1u);
  EXPECT_EQ(whole[0].name, "a.out_proj.weight");
}

TEST(Export, WritesTheFilesOfAHuggingFaceDirectory) {
  const testing::TemporaryFolder folder;
  const ClipConfig config = small_config();
  ClipInitializer source(config, 1);
  const std::vector<NamedTensor> parameters = {
      {"vision_model.embeddings.patch_embedding.weight",
       source.take("vision_model.embeddings.patch_embedding.weight", {64, 3 * 8 * 8})},
      {"text_model.encoder.layers.0.self_attn.qkv_proj.bias", source.take("x.qkv_proj.bias", {48})},
      {"logit_scale", source.take("logit_scale", {})}};
  export_clip(folder.path(), config, 598, parameters);

  const SafetensorsFile file(folder.path() / "model.safetensors");
  EXPECT_EQ(file.metadata().at("format"), "pt");
  EXPECT_EQ(file.entries().size(), 1u + 3u + 1u);
  const auto& patch = file.entries().at("vision_model.embeddings.patch_embedding.weight");
  EXPECT_EQ(patch.shape, (Shape{64, 3, 8, 8}));
  EXPECT_EQ(patch.dtype, "F16");
  uint16_t half;
  std::memcpy(&half, patch.bytes.data(), 2);
  EXPECT_EQ(half, float_to_half(parameters[0].tensor.data<float>()[0]));
  EXPECT_EQ(file.entries().at("text_model.encoder.layers.0.self_attn.v_proj.bias").shape,
            Shape{16});
  EXPECT_EQ(file.entries().at("logit_scale").shape, Shape{});

  const auto config_path = folder.path() / "config.json";
  const ClipConfig read = parse_clip_config(read_text_file(config_path), config_path);
  EXPECT_EQ(read.text.layers, 8);
  EXPECT_EQ(read.vocab_size, 600);
  EXPECT_EQ(read.eos_token_id, 599);
  const auto name = (folder.path() / "preprocessor_config.json").string();
  const PreprocessSpec spec = parse_preprocessor_config(read_text_file(name), name);
  EXPECT_EQ(spec.crop_size, 16);
  EXPECT_EQ(spec.mean, PreprocessSpec{}.mean);  // the same floats after the round trip through text
  EXPECT_EQ(spec.std, PreprocessSpec{}.std);
}

}  // namespace
}  // namespace sightline
