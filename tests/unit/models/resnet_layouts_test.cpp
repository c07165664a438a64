// ResNets and MobileNetV2 of timm and torchvision: recognised from names and config, sizes,
// preprocessing.
#include <gtest/gtest.h>
#include <sightline/error.h>

#include "models/clip_config.h"
#include "models/mobilenet_v2.h"
#include "models/model_source.h"
#include "models/resnet_config.h"
#include "unit/data/temporary_folder.h"
#include "weights/safetensors.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// Enough of a ResNet to be recognised: 1, 2, 1, 1 blocks.
void write_weights(const fs::path& path) {
  std::vector<NamedTensor> tensors;
  const auto add = [&](const std::string& name, const Shape& shape) {
    Tensor tensor(shape, DType::f32);
    std::fill_n(tensor.data<float>(), tensor.count(), 0.5f);
    tensors.push_back({name, tensor});
  };
  add("conv1.weight", {6, 3, 7, 7});
  add("bn1.running_mean", {6});
  const int64_t channels[] = {2, 3, 4, 5};
  for (int64_t stage = 0; stage < 4; ++stage) {
    const std::string name = "layer" + std::to_string(stage + 1) + ".";
    add(name + "0.conv1.weight", {channels[stage], 6, 1, 1});
    add(name + "0.conv3.weight", {4 * channels[stage], channels[stage], 1, 1});
    add(name + "0.downsample.0.weight", {4 * channels[stage], 6, 1, 1});
  }
  add("layer2.1.conv1.weight", {3, 12, 1, 1});
  add("fc.weight", {7, 20});
  write_safetensors(path, tensors, FloatStorage::f32);
}

std::string refusal(const fs::path& path) {
  try {
    open_model(path);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(TorchvisionLayout, SizesComeFromTheTensors) {
  testing::TemporaryFolder folder;
  const fs::path file = folder.path() / "resnet50-0676ba61.safetensors";
  write_weights(file);
  for (const fs::path& path : {file, folder.path()}) {
    const ModelSource source = open_model(path);
    EXPECT_EQ(source.layout, "torchvision");
    EXPECT_EQ(source.family, "resnet");
    const auto& config = source.config_as<ResnetConfig>();
    EXPECT_EQ(config.layers, (std::array<int64_t, 4>{1, 2, 1, 1}));
    EXPECT_EQ(config.channels, (std::array<int64_t, 4>{2, 3, 4, 5}));
    EXPECT_EQ(config.stem_width, 6);
    EXPECT_EQ(config.classes, 7);
    EXPECT_FALSE(source.tokenizer);
    EXPECT_TRUE(source.warnings.empty());
    EXPECT_THROW(source.config_as<ClipConfig>(), Error);
  }
}

// pytorch/vision, ResNet50_Weights: V1 resizes to 256, V2 to 232; only the file's name tells them
// apart.
TEST(TorchvisionLayout, TheSetOfWeightsDecidesTheResize) {
  testing::TemporaryFolder folder;
  const auto open = [&](const char* name) {
    write_weights(folder.path() / name);
    return open_model(folder.path() / name);
  };
  const PreprocessSpec first = open("resnet50-0676ba61.safetensors").preprocess();
  EXPECT_EQ(first.resize_size, 256);
  EXPECT_EQ(first.crop_size, 224);
  EXPECT_EQ(first.filter, ResizeFilter::bilinear);
  EXPECT_EQ(first.crop_rounding, PreprocessSpec::CropRounding::half_even);
  EXPECT_FLOAT_EQ(first.mean[0], 0.485f);
  EXPECT_FLOAT_EQ(first.std[2], 0.225f);
  EXPECT_EQ(open("resnet50-11ad3fa6.safetensors").preprocess().resize_size, 232);
  const ModelSource renamed = open("mine.safetensors");
  EXPECT_EQ(renamed.preprocess().resize_size, 256);
  ASSERT_EQ(renamed.warnings.size(), 1u);
  EXPECT_NE(renamed.warnings[0].find("does not say which set"), std::string::npos);
}

TEST(TorchvisionLayout, OtherFilesOfWeightsAreNoModel) {
  testing::TemporaryFolder folder;
  write_safetensors(folder.path() / "x.safetensors",
                    std::vector<NamedTensor>{{"a", Tensor({1}, DType::f32)}}, FloatStorage::f32);
  EXPECT_NE(refusal(folder.path() / "x.safetensors").find("holds 1 tensors (the first is 'a')"),
            std::string::npos);
  write_weights(folder.path() / "y.safetensors");
  EXPECT_NE(refusal(folder.path()).find("is no model of a known layout"),
            std::string::npos);  // two files
}

const std::string kConfig = R"({"architecture": "resnet50", "num_classes": 7,
  "model_args": {"layers": [1, 2, 1, 1], "channels": [2, 3, 4, 5], "stem_width": 6},
  "pretrained_cfg": {"input_size": [3, 40, 40], "interpolation": "bicubic", "crop_pct": 0.95, "crop_mode": "center",
                     "mean": [0.5, 0.25, 0.125], "std": [0.2, 0.3, 0.4], "tag": "a1_in1k"}})";

TEST(TimmLayout, SizesAndPreprocessingComeFromTheConfig) {
  testing::TemporaryFolder folder;
  write_weights(folder.path() / "model.safetensors");
  folder.write("config.json", kConfig);
  for (const fs::path& path : {folder.path(), folder.path() / "model.safetensors"}) {
    const ModelSource source = open_model(path);
    EXPECT_EQ(source.layout, "timm");
    EXPECT_EQ(source.family, "resnet");
    const auto& config = source.config_as<ResnetConfig>();
    EXPECT_EQ(config.layers, (std::array<int64_t, 4>{1, 2, 1, 1}));
    EXPECT_EQ(config.classes, 7);
    EXPECT_EQ(config.image_size, 40);
    const PreprocessSpec spec = source.preprocess();
    EXPECT_EQ(spec.resize_size, 42);  // floor(40 / 0.95)
    EXPECT_EQ(spec.crop_size, 40);
    EXPECT_EQ(spec.filter, ResizeFilter::bicubic);
    EXPECT_FLOAT_EQ(spec.mean[1], 0.25f);
    EXPECT_FLOAT_EQ(spec.std[2], 0.4f);
  }
}

// As timm 1.0.31 writes them for a resnet50, and other settings at their defaults.
TEST(TimmLayout, ArgumentsAtTheirDefaultsAreNoObstacle) {
  testing::TemporaryFolder folder;
  write_weights(folder.path() / "model.safetensors");
  const auto with = [&](const std::string& arguments) {
    std::string text = kConfig;
    const std::string from = "\"stem_width\": 6";
    folder.write("config.json",
                 text.replace(text.find(from), from.size(), from + ", " + arguments));
    return refusal(folder.path());
  };
  EXPECT_EQ(with("\"in_chans\": 3, \"num_classes\": 7, \"global_pool\": \"avg\""), "");
  EXPECT_EQ(with("\"avg_down\": false, \"drop_path_rate\": 0.05, \"zero_init_last\": false"), "");
  for (const auto& [argument, part] :
       {std::pair("\"in_chans\": 1", "'in_chans' is 1"),
        std::pair("\"global_pool\": \"max\"", "'global_pool' is \"max\""),
        std::pair("\"output_stride\": 16", "'output_stride' is 16"),
        std::pair("\"avg_down\": true", "'avg_down' is true")}) {
    const std::string text = with(argument);
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }
}

TEST(TimmLayout, WhatItDoesNotKnowIsRefused) {
  testing::TemporaryFolder folder;
  write_weights(folder.path() / "model.safetensors");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = kConfig;
    folder.write("config.json", text.replace(text.find(from), from.size(), to));
    return refusal(folder.path());
  };
  const auto expect = [](const std::string& text, const char* part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  expect(with("\"resnet50\"", "\"resnet50d\""), R"('architecture' is "resnet50d")");
  expect(with("\"resnet50\"", "\"mobilenetv2_110d\""), R"('architecture' is "mobilenetv2_110d")");
  expect(with("\"stem_width\": 6", "\"stem_type\": \"deep\""), "'stem_type' is \"deep\"");
  expect(with("[1, 2, 1, 1]", "[1, 2, 1]"), "'layers' is [1,2,1], expected four numbers");
  expect(with("[3, 40, 40]", "[3, 40, 48]"), "'input_size'");
  expect(with("0.95", "0"), "'crop_pct'");
  expect(with("\"bicubic\"", "\"lanczos\""), "'interpolation'");
  expect(with("\"center\"", "\"border\""), "'crop_mode'");
  EXPECT_EQ(with("\"center\"", "\"squash\""), "");
}

TEST(MobilenetV2Names, AreTorchvisions) {
  for (const auto& [ours, theirs] : {std::pair("conv_stem.weight", "features.0.0.weight"),
                                     {"bn1.running_var", "features.0.1.running_var"},
                                     {"blocks.0.0.conv_dw.weight", "features.1.conv.0.0.weight"},
                                     {"blocks.0.0.bn2.bias", "features.1.conv.2.bias"},
                                     {"blocks.1.0.conv_pw.weight", "features.2.conv.0.0.weight"},
                                     {"blocks.3.3.conv_dw.weight", "features.10.conv.1.0.weight"},
                                     {"blocks.6.0.bn3.weight", "features.17.conv.3.weight"},
                                     {"bn2.weight", "features.18.1.weight"},
                                     {"classifier.bias", "classifier.1.bias"}}) {
    EXPECT_EQ(torchvision_mobilenet_v2_name(ours), theirs);
  }
  EXPECT_THROW(torchvision_mobilenet_v2_name("fc.weight"), Error);
}

// Enough of a MobileNetV2 to be recognised, with torchvision's names or timm's.
void write_mobilenet_v2(const fs::path& path, bool torchvision_names) {
  std::vector<NamedTensor> tensors;
  const auto add = [&](const std::string& name, const Shape& shape) {
    Tensor tensor(shape, DType::f32);
    std::fill_n(tensor.data<float>(), tensor.count(), 0.5f);
    tensors.push_back({torchvision_names ? torchvision_mobilenet_v2_name(name) : name, tensor});
  };
  add("conv_stem.weight", {6, 3, 3, 3});
  add("blocks.0.0.conv_dw.weight", {6, 1, 3, 3});
  add("blocks.0.0.conv_pw.weight", {2, 6, 1, 1});
  for (int64_t stage = 1; stage < 7; ++stage)
    add("blocks." + std::to_string(stage) + ".0.conv_pwl.weight", {2 + stage, 12, 1, 1});
  add("blocks.6.0.bn3.running_mean", {8});
  add("conv_head.weight", {20, 8, 1, 1});
  add("classifier.weight", {7, 20});
  write_safetensors(path, tensors, FloatStorage::f32);
}

void expect_small_sizes(const ModelSource& source) {
  EXPECT_EQ(source.family, "mobilenet_v2");
  const auto& config = source.config_as<MobilenetV2Config>();
  EXPECT_EQ(config.stem_width, 6);
  EXPECT_EQ(config.channels, (std::array<int64_t, 7>{2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(config.head_width, 20);
  EXPECT_EQ(config.classes, 7);
}

TEST(TorchvisionLayout, MobileNetV2) {
  testing::TemporaryFolder folder;
  const auto open = [&](const char* name) {
    write_mobilenet_v2(folder.path() / name, /*torchvision_names=*/true);
    return open_model(folder.path() / name);
  };
  const ModelSource first = open("mobilenet_v2-b0353104.safetensors");
  EXPECT_EQ(first.layout, "torchvision");
  expect_small_sizes(first);
  EXPECT_TRUE(first.warnings.empty());
  EXPECT_EQ(first.preprocess().resize_size, 256);
  EXPECT_EQ(first.preprocess().crop_size, 224);
  EXPECT_FLOAT_EQ(first.preprocess().mean[0], 0.485f);
  EXPECT_EQ(open("mobilenet_v2-7ebf99e0.safetensors").preprocess().resize_size, 232);
  EXPECT_EQ(open("mine.safetensors").warnings.size(), 1u);
}

TEST(TimmLayout, MobileNetV2) {
  testing::TemporaryFolder folder;
  write_mobilenet_v2(folder.path() / "model.safetensors", /*torchvision_names=*/false);
  const auto with = [&](const std::string& arguments) {
    folder.write("config.json", R"({"architecture": "mobilenetv2_100", "num_classes": 7,
      "model_args": {)" + arguments +
                                    R"(}, "pretrained_cfg": {"input_size": [3, 96, 96],
      "interpolation": "bicubic", "crop_pct": 0.875}})");
    return refusal(folder.path());
  };
  EXPECT_EQ(with(R"("num_classes": 7, "in_chans": 3, "global_pool": "avg")"), "");
  const ModelSource source = open_model(folder.path());
  EXPECT_EQ(source.layout, "timm");
  expect_small_sizes(source);
  EXPECT_EQ(source.config_as<MobilenetV2Config>().image_size, 96);
  EXPECT_EQ(source.preprocess().resize_size, 109);  // floor(96 / 0.875)
  EXPECT_FLOAT_EQ(source.preprocess().std[2], 0.225f);
  for (const auto& [argument, part] :
       {std::pair("\"act_layer\": \"relu\"", "'act_layer' is \"relu\""),
        std::pair("\"stem_size\": 16", "'stem_size' is 16"),
        std::pair("\"output_stride\": 16", "'output_stride' is 16")}) {
    const std::string text = with(argument);
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace sightline
