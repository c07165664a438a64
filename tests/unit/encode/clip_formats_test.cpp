// One set of weights in every layout and file format (tests/golden/clip_formats, made by
// tools/golden/clip_formats.py): all must give the same vectors, bit for bit.
#include <gtest/gtest.h>
#include <sightline/error.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/npy.h"
#include "models/low_rank_adapter.h"
#include "models/towers.h"
#include "unit/data/temporary_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

const fs::path kGolden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/clip_formats";

struct Vectors {
  std::vector<float> image, text;
};

std::vector<float> values(const Tensor& host) {
  return {host.data<float>(), host.data<float>() + host.count()};
}

Vectors encode(const ModelSource& source) {
  const auto ops = create_ops(Backend::cpu);
  const LoadedModel model = load_towers(source, *ops, {});
  const NpyArray pixels = read_npy(kGolden / "pixels.npy");
  const Tensor host = Tensor::borrow(pixels.shape, DType::f32, pixels.f32().data());
  Vectors result;
  result.image = values(ops->to_host(model.image->encode(*ops, ops->from_host(host))));
  std::ifstream file(kGolden / "ids.jsonl");
  for (std::string line; std::getline(file, line);) {
    const auto ids = nlohmann::json::parse(line).get<std::vector<int32_t>>();
    const auto length = static_cast<int64_t>(ids.size());
    const Tensor row = Tensor::borrow({length}, DType::i32, ids.data());
    const std::vector<int32_t> starts = {0, static_cast<int32_t>(length)};
    for (const float x :
         values(ops->to_host(model.text->encode(*ops, ops->from_host(row), starts)))) {
      result.text.push_back(x);
    }
  }
  return result;
}

class ClipFormats : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(ClipFormats, GiveTheSameVectorsToTheLastBit) {
  const ModelSource source = open_model(kGolden / GetParam().first);
  EXPECT_EQ(source.layout, GetParam().second);
  EXPECT_EQ(source.family, "clip_vit");
  EXPECT_TRUE(source.warnings.empty()) << source.warnings.front();
  const Vectors got = encode(source), reference = encode(open_model(kGolden / "huggingface"));
  EXPECT_EQ(got.image, reference.image);
  EXPECT_EQ(got.text, reference.text);
  // transformers' own numbers; fp32 sums of two tiny towers.
  const NpyArray image = read_npy(kGolden / "image.npy"), text = read_npy(kGolden / "text.npy");
  ASSERT_EQ(got.image.size(), image.f32().size());
  ASSERT_EQ(got.text.size(), text.f32().size());
  for (size_t i = 0; i < got.image.size(); ++i) EXPECT_NEAR(got.image[i], image.f32()[i], 2e-5);
  for (size_t i = 0; i < got.text.size(); ++i) EXPECT_NEAR(got.text[i], text.f32()[i], 2e-5);
}

INSTANTIATE_TEST_SUITE_P(
    All, ClipFormats,
    ::testing::Values(std::pair("huggingface", "huggingface"),
                      std::pair("huggingface_bin", "huggingface"),
                      std::pair("open_clip_bin", "open_clip"), std::pair("open_clip", "open_clip"),
                      std::pair("open_clip/open_clip_model.safetensors", "open_clip"),
                      std::pair("huggingface/model.safetensors", "huggingface"),
                      std::pair("openai", "openai"), std::pair("openai/model.pt", "openai")),
    [](const auto& test) {
      std::string name = test.param.first;
      for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
      return name;
    });

// An adapter names layers as transformers does, for every layout.
TEST(ClipFormatsAdapter, GivesTheSameVectorsInEveryLayout) {
  std::vector<LowRankFactors> layers;
  const auto add = [&](const std::string& module, int64_t out, int64_t in) {
    Tensor a({2, in}, DType::f32), b({out, 2}, DType::f32);
    for (int64_t i = 0; i < a.count(); ++i) a.data<float>()[i] = std::sin(static_cast<float>(i));
    for (int64_t i = 0; i < b.count(); ++i)
      b.data<float>()[i] = 0.1f * std::cos(static_cast<float>(i * 3));
    layers.push_back({module, a, b});
  };
  for (const std::string tower : {"vision_model", "text_model"}) {
    const std::string block = tower + ".encoder.layers.0.";
    for (const char* part : {"q_proj", "v_proj", "out_proj"})
      add(block + "self_attn." + part, 64, 64);
    add(block + "mlp.fc1", 256, 64);
  }
  add("visual_projection", 12, 64);
  add("text_projection", 12, 64);
  const testing::TemporaryFolder folder;
  write_low_rank_adapter(folder.path(), "", 2, layers);
  const auto adapted = [&](const char* layout) {
    return encode(open_model((kGolden / layout).string() + "+" + folder.path().string()));
  };
  const Vectors plain = encode(open_model(kGolden / "huggingface")),
                reference = adapted("huggingface");
  EXPECT_NE(reference.image, plain.image);
  EXPECT_NE(reference.text, plain.text);
  for (const char* layout : {"open_clip", "open_clip_bin", "openai", "openai/model.pt"}) {
    const Vectors got = adapted(layout);
    EXPECT_EQ(got.image, reference.image) << layout;
    EXPECT_EQ(got.text, reference.text) << layout;
  }
}

// A copy of a folder's files, to be changed.
void copy_files(const fs::path& from, const fs::path& to) {
  for (const auto& entry : fs::directory_iterator(from))
    fs::copy_file(entry.path(), to / entry.path().filename());
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

class OpenClipConfig : public ::testing::Test {
 protected:
  OpenClipConfig() {
    copy_files(kGolden / "open_clip", folder_.path());
    config_ = read_text_file(folder_.path() / "open_clip_config.json");
  }
  // The refusal of the model with a changed config; empty where it loads.
  std::string refusal(const std::string& from, const std::string& to) {
    write_file_atomic(folder_.path() / "open_clip_config.json", replaced(config_, from, to));
    try {
      const auto ops = create_ops(Backend::cpu);
      load_towers(open_model(folder_.path()), *ops, {});
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  testing::TemporaryFolder folder_;
  std::string config_;
};

TEST_F(OpenClipConfig, ContradictionsAndUnknownSettingsAreErrors) {
  const auto expect = [&](const std::string& from, const std::string& to, const std::string& part) {
    const std::string text = refusal(from, to);
    EXPECT_NE(text.find(part), std::string::npos) << to << ": " << text;
  };
  EXPECT_EQ(refusal("{", "{"), "");
  expect("\"heads\": 1", "\"heads\": 3", "'heads' is 3, expected a divisor of width 64");
  expect("\"patch_size\": 8", "\"patch_size\": 8, \"head_width\": 48", "'head_width' is 48");
  expect("\"width\": 64", "\"width\": 128", "'visual.class_embedding'");
  expect("\"layers\": 1", "\"layers\": 2", "visual.transformer.resblocks.1.");
  expect("\"layers\": 1", "\"layers\": 0", "'layers' is 0");
  expect("\"embed_dim\": 12", "\"embed_dim\": 13", "'visual.proj'");
  expect("\"patch_size\": 8", "\"patch_size\": 8, \"pool_type\": \"max\"",
         "'pool_type' is \"max\", expected tok or avg");
  expect("\"patch_size\": 8", "\"patch_size\": 8, \"timm_model_name\": \"vit\"", "timm_model_name");
  expect("\"patch_size\": 8", "\"patch_size\": 8, \"attentional_pool\": \"cascade\"",
         "'attentional_pool' is \"cascade\"");
  expect("\"patch_size\": 8", "\"patch_size\": 8, \"new_setting\": 1", "'new_setting' is 1");
  expect("\"heads\": 1", "\"heads\": 1, \"pool_type\": \"first\"",
         "'pool_type' is \"first\", expected argmax, eos or last");
  expect("\"heads\": 1", "\"heads\": 1, \"no_causal_mask\": true, \"hf_tokenizer_name\": \"x\"",
         "'hf_tokenizer_name' is \"x\", expected a tokenizer whose padding is known");
  expect("\"heads\": 1", "\"heads\": 1, \"proj_type\": \"none\"",
         "'width' is 64, expected embed_dim 12");
  expect("\"resize_mode\": \"shortest\"", "\"resize_mode\": \"longer\"",
         "shortest, longest or squash");
  expect("\"interpolation\": \"bicubic\"", "\"interpolation\": \"lanczos\"", "bicubic or bilinear");
  expect("\"model_cfg\"", "\"model_config\"", "'model_cfg' is missing");
  // What changes nothing is accepted.
  EXPECT_EQ(refusal("\"patch_size\": 8",
                    "\"patch_size\": 8, \"patch_dropout\": 0.5, \"pool_type\": \"tok\", "
                    "\"ls_init_value\": null"),
            "");
}

TEST_F(OpenClipConfig, PreprocessingIsThatOfOpenClip) {
  const PreprocessSpec spec = open_model(folder_.path()).preprocess();
  EXPECT_EQ(spec.order, PreprocessSpec::Order::openai);
  EXPECT_EQ(spec.crop_rounding, PreprocessSpec::CropRounding::half_even);
  EXPECT_EQ(spec.filter, ResizeFilter::bicubic);
  EXPECT_EQ(spec.crop_size, 16);
  EXPECT_FLOAT_EQ(spec.mean[0], 0.48145466f);
  write_file_atomic(
      folder_.path() / "open_clip_config.json",
      replaced(replaced(config_, "\"shortest\"", "\"squash\""), "\"bicubic\"", "\"bilinear\""));
  const PreprocessSpec other = open_model(folder_.path()).preprocess();
  EXPECT_EQ(other.resize, PreprocessSpec::Resize::squash);
  EXPECT_EQ(other.filter, ResizeFilter::bilinear);
  write_file_atomic(folder_.path() / "open_clip_config.json",
                    replaced(config_, "\"shortest\"", "\"longest\""));
  EXPECT_EQ(open_model(folder_.path()).preprocess().resize, PreprocessSpec::Resize::longest_edge);
}

// The trap: weights of OpenAI's under a config that lost "quick_gelu".
TEST_F(OpenClipConfig, ALostActivationIsALoudWarning) {
  write_file_atomic(
      folder_.path() / "config.json",
      std::string_view(
          R"({"architecture": "vit_base_patch32_clip_224", "pretrained_cfg": {"tag": "openai"}})"));
  EXPECT_TRUE(open_model(folder_.path()).warnings.empty());
  write_file_atomic(folder_.path() / "open_clip_config.json",
                    replaced(config_, "\"quick_gelu\": true", "\"quick_gelu\": false"));
  const auto warnings = open_model(folder_.path()).warnings;
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("trained with QuickGELU, but open_clip_config.json says GELU"),
            std::string::npos)
      << warnings[0];
}

// OpenCLIP took over OpenAI's names, with another activation: without a config nobody can tell.
TEST(OpenAiLayout, WeightsThatMayBeAnybodysAreRefused) {
  testing::TemporaryFolder folder;
  fs::copy_file(kGolden / "open_clip/open_clip_model.safetensors", folder.path() / "x.safetensors");
  for (const fs::path& path : {folder.path(), folder.path() / "x.safetensors"}) {
    try {
      open_model(path);
      FAIL() << "was accepted";
    } catch (const Error& error) {
      EXPECT_NE(
          std::string(error.what()).find("another project's model and its activation is unknown"),
          std::string::npos)
          << error.what();
    }
  }
}

TEST(OpenAiLayout, ImagesGoTheWayOfOpenAi) {
  const PreprocessSpec spec = open_model(kGolden / "openai/model.pt").preprocess();
  EXPECT_EQ(spec.order, PreprocessSpec::Order::openai);
  EXPECT_EQ(spec.crop_rounding, PreprocessSpec::CropRounding::half_even);
  EXPECT_EQ(spec.filter, ResizeFilter::bicubic);
  EXPECT_EQ(spec.resize_size, 16);
  EXPECT_EQ(spec.crop_size, 16);
}

TEST_F(OpenClipConfig, WithoutATokenizerTheFilesThatWouldDoAreNamed) {
  try {
    open_model(folder_.path()).tokenizer(8);
    FAIL() << "there is none";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::not_found);
    EXPECT_NE(std::string(error.what()).find("bpe_simple_vocab_16e6.txt.gz"), std::string::npos);
  }
}

}  // namespace
}  // namespace sightline
