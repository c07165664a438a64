// Models from ONNX exports (tests/golden/onnx, made by tools/golden/onnx_files.py), compared with
// what onnxruntime computes with the same files.
#include <gtest/gtest.h>
#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/npy.h"
#include "expect_error.h"
#include "models/towers.h"
#include "unit/data/temporary_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

const fs::path kGolden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/onnx";

// Normalized rows.
std::vector<float> rows_of(const Tensor& host) {
  std::vector<float> rows(host.data<float>(), host.data<float>() + host.count());
  const size_t dim = static_cast<size_t>(host.dim(host.rank() - 1));
  for (size_t at = 0; at < rows.size(); at += dim) {
    double sum = 0;
    for (size_t i = 0; i < dim; ++i) sum += double{rows[at + i]} * rows[at + i];
    for (size_t i = 0; i < dim; ++i) rows[at + i] /= static_cast<float>(std::sqrt(sum));
  }
  return rows;
}

void expect_close(const std::vector<float>& got, const fs::path& file, float tolerance) {
  const NpyArray expected = read_npy(file);
  ASSERT_EQ(got.size(), expected.f32().size());
  for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected.f32()[i], tolerance) << i;
}

void expect_images(const LoadedModel& model, Ops& ops, const std::string& name, float tolerance) {
  const NpyArray pixels = read_npy(kGolden / (name + ".pixels.npy"));
  const Tensor host = Tensor::borrow(pixels.shape, DType::f32, pixels.f32().data());
  expect_close(rows_of(ops.to_host(model.image->encode(ops, ops.from_host(host)))),
               kGolden / (name + ".image.npy"), tolerance);
}

void expect_texts(const LoadedModel& model, Ops& ops, const std::string& name, float tolerance) {
  std::vector<float> got;
  std::ifstream file(kGolden / (name + ".ids.jsonl"));
  for (std::string line; std::getline(file, line);) {
    auto ids = nlohmann::json::parse(line).get<std::vector<int32_t>>();
    if (const auto padding = model.text->padding())
      ids.resize(static_cast<size_t>(padding->length), padding->id);
    const auto length = static_cast<int64_t>(ids.size());
    const Tensor row = Tensor::borrow({length}, DType::i32, ids.data());
    const std::vector<int32_t> starts = {0, static_cast<int32_t>(length)};
    const auto vector = rows_of(ops.to_host(model.text->encode(ops, ops.from_host(row), starts)));
    got.insert(got.end(), vector.begin(), vector.end());
  }
  expect_close(got, kGolden / (name + ".text.npy"), tolerance);
}

struct Case {
  const char *path, *reference, *family;
  float tolerance = 1e-5f;
};

class OnnxModel : public ::testing::TestWithParam<Case> {};

TEST_P(OnnxModel, HasTheVectorsOfTheGraph) {
  const Case& test = GetParam();
  const ModelSource source = open_model(kGolden / test.path);
  EXPECT_EQ(source.layout, "onnx");
  EXPECT_EQ(source.family, test.family);
  EXPECT_TRUE(source.warnings.empty());
  const auto ops = create_ops(Backend::cpu);
  const LoadedModel model = load_towers(source, *ops, {});
  if (model.image) expect_images(model, *ops, test.reference, test.tolerance);
  if (model.text) expect_texts(model, *ops, test.reference, test.tolerance);
  EXPECT_TRUE(model.image || model.text);
  EXPECT_EQ(model.image != nullptr, model.info.has_image);
}

INSTANTIATE_TEST_SUITE_P(
    All, OnnxModel,
    ::testing::Values(
        Case{"clip", "clip", "clip_vit"}, Case{"clip/onnx/model.onnx", "clip", "clip_vit"},
        Case{"clip/onnx/text_model.onnx", "clip", "clip_text"},
        Case{"clip/onnx/vision_model.onnx", "clip", "clip_vision"},
        // Weights rounded to 11 bits.
        Case{"clip/onnx/model_fp16.onnx", "clip", "clip_vit", 1e-3f},
        // Compared with the graph in full precision, of the dequantized weights.
        Case{"clip/onnx/model_quantized.onnx", "clip_quantized", "clip_vit"},
        Case{"clip/onnx/model_int8.onnx", "clip_int8", "clip_vit"},
        Case{"immich", "immich", "clip_vit"}, Case{"immich_traced", "immich", "clip_vit"},
        Case{"immich_dynamo", "immich", "clip_vit"},
        Case{"immich_siglip", "immich_siglip", "open_clip"}, Case{"siglip", "siglip", "siglip"}),
    [](const auto& test) {
      std::string name = test.param.path;
      for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
      return name;
    });

void copy_tree(const fs::path& from, const fs::path& to) {
  fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
}

TEST(OnnxModels, TowersInTwoFiles) {
  const testing::TemporaryFolder folder;
  copy_tree(kGolden / "clip", folder.path());
  fs::remove(folder.path() / "onnx/model.onnx");
  fs::remove(folder.path() / "onnx/model_fp16.onnx");
  const ModelSource source = open_model(folder.path());
  EXPECT_EQ(source.family, "clip_vit");
  const auto ops = create_ops(Backend::cpu);
  const LoadedModel model = load_towers(source, *ops, {});
  expect_images(model, *ops, "clip", 1e-5f);
  expect_texts(model, *ops, "clip", 1e-5f);
  EXPECT_EQ(model.info.logit_scale, 0);  // neither file has it
  EXPECT_EQ(source.tokenizer(16)->vocab_size(), 524);
}

void keep_only(const fs::path& folder, const std::vector<std::string>& names) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (std::ranges::find(names, entry.path().filename().string()) == names.end())
      fs::remove(entry.path());
  }
}

// Apps ship one tower, or one quantized file.
TEST(OnnxModels, TheOnlyFileIsTheModel) {
  const testing::TemporaryFolder folder;
  copy_tree(kGolden / "clip", folder.path());
  keep_only(folder.path() / "onnx", {"vision_model.onnx", "model_int8.onnx"});
  fs::copy_file(folder.path() / "onnx/model_int8.onnx", folder.path() / "onnx/model_bnb4.onnx");
  test::expect_error(ErrorCode::not_found, "onnx/model_int8.onnx'",
                     [&] { open_model(folder.path()); });
  keep_only(folder.path() / "onnx", {"vision_model.onnx"});
  EXPECT_EQ(open_model(folder.path()).family, "clip_vision");
  const auto ops = create_ops(Backend::cpu);
  expect_images(load_towers(open_model(folder.path()), *ops, {}), *ops, "clip", 1e-5f);
  // Weights in another format take precedence over a file that has no known name.
  write_file_atomic(folder.path() / "model.gguf", "GGUF");
  test::expect_error(ErrorCode::invalid_data, "model.gguf", [&] { open_model(folder.path()); });
}

// transformers.js's MobileCLIP: config.json has no sizes, and the parameters have other names.
TEST(OnnxModels, OtherTowersAreNoClip) {
  const testing::TemporaryFolder folder;
  fs::create_directory(folder.path() / "onnx");
  write_file_atomic(folder.path() / "config.json", R"({"model_type": "clip"})");
  fs::copy_file(kGolden / "immich/visual/model.onnx", folder.path() / "onnx/vision_model.onnx");
  fs::copy_file(kGolden / "immich/textual/model.onnx", folder.path() / "onnx/text_model.onnx");
  test::expect_error(ErrorCode::unsupported, "has neither tower of transformers' CLIP",
                     [&] { open_model(folder.path()); });
}

// open_clip replaces the activation for OpenAI's weights, and its config does not say so.
TEST(OnnxModels, TheGraphDecidesTheActivation) {
  const auto ops = create_ops(Backend::cpu);
  const LoadedModel model = load_towers(open_model(kGolden / "immich"), *ops, {});
  EXPECT_EQ(model.info.activation, "quick_gelu");
  EXPECT_EQ(open_model(kGolden / "immich").preprocess().order, PreprocessSpec::Order::openai);
}

TEST(OnnxModels, WhatIsNotReadIsNamed) {
  using test::expect_error;
  const testing::TemporaryFolder folder;
  fs::copy_file(kGolden / "clip/onnx/model.onnx", folder.path() / "model.onnx");
  expect_error(ErrorCode::unsupported, "is an ONNX model without a config.json",
               [&] { open_model(folder.path() / "model.onnx"); });
  copy_tree(kGolden / "immich_dynamo", folder.path() / "immich");
  fs::resize_file(folder.path() / "immich/visual/model.onnx.data", 1000);
  expect_error(ErrorCode::invalid_data, "of 'model.onnx.data', which has 1000",
               [&] { open_model(folder.path() / "immich"); });
  fs::remove(folder.path() / "immich/visual/model.onnx.data");
  expect_error(ErrorCode::not_found, "model.onnx.data",
               [&] { open_model(folder.path() / "immich"); });
  // A config of other sizes than the weights.
  copy_tree(kGolden / "immich", folder.path() / "other");
  const fs::path config = folder.path() / "other/config.json";
  std::string text = read_text_file(config);
  text.replace(text.find("\"layers\": 2"), 11, "\"layers\": 3");
  write_file_atomic(config, text);
  const auto ops = create_ops(Backend::cpu);
  expect_error(ErrorCode::invalid_data, "'visual.transformer.resblocks.2.",
               [&] { load_towers(open_model(folder.path() / "other"), *ops, {}); });
}

}  // namespace
}  // namespace sightline
