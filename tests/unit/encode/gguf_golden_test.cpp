// Models in GGUF files (tests/golden/gguf, made by tools/golden/gguf_files.py), compared with
// transformers.
#include <gtest/gtest.h>
#include <sightline/error.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/npy.h"
#include "expect_error.h"
#include "models/towers.h"
#include "unit/data/temporary_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

const fs::path kGolden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/gguf";

struct Text {
  std::string text;
  std::vector<int32_t> ids;
};

std::vector<Text> texts() {
  std::vector<Text> result;
  for (const auto& item : nlohmann::json::parse(read_text_file(kGolden / "texts.json")))
    result.push_back({item.at("text"), item.at("ids")});
  return result;
}

std::vector<float> values(const Tensor& host) {
  return {host.data<float>(), host.data<float>() + host.count()};
}

std::vector<float> image_vectors(const LoadedModel& model, Ops& ops) {
  const NpyArray pixels = read_npy(kGolden / "pixels.npy");
  const Tensor host = Tensor::borrow(pixels.shape, DType::f32, pixels.f32().data());
  return values(ops.to_host(model.image->encode(ops, ops.from_host(host))));
}

std::vector<float> text_vectors(const LoadedModel& model, Ops& ops) {
  std::vector<float> result;
  for (const Text& text : texts()) {
    const auto length = static_cast<int64_t>(text.ids.size());
    const Tensor row = Tensor::borrow({length}, DType::i32, text.ids.data());
    const std::vector<int32_t> starts = {0, static_cast<int32_t>(length)};
    const auto vector = values(ops.to_host(model.text->encode(ops, ops.from_host(row), starts)));
    result.insert(result.end(), vector.begin(), vector.end());
  }
  return result;
}

// fp32 sums of two tiny towers.
void expect_close(const std::vector<float>& got, const fs::path& reference) {
  const NpyArray expected = read_npy(reference);
  ASSERT_EQ(got.size(), expected.f32().size());
  for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected.f32()[i], 1e-5) << i;
}

class GgufModel : public ::testing::TestWithParam<const char*> {};

TEST_P(GgufModel, HasTheVectorsOfTheStoredWeights) {
  const std::string type = GetParam();
  const ModelSource source = open_model(kGolden / (type + ".gguf"));
  EXPECT_EQ(source.layout, "gguf");
  EXPECT_EQ(source.family, "clip_vit");
  EXPECT_TRUE(source.warnings.empty());
  const auto ops = create_ops(Backend::cpu);
  const LoadedModel model = load_towers(source, *ops, {});
  expect_close(image_vectors(model, *ops), kGolden / type / "image.npy");
  expect_close(text_vectors(model, *ops), kGolden / type / "text.npy");
  EXPECT_EQ(model.info.logit_scale, 0);  // the file has none
  EXPECT_EQ(model.info.activation, "gelu");
  EXPECT_EQ(source.preprocess().crop_size, 16);
  EXPECT_EQ(source.preprocess().mean, PreprocessSpec().mean);
  const auto tokenizer = source.tokenizer(16);
  for (const Text& text : texts()) EXPECT_EQ(tokenizer->encode(text.text).ids, text.ids);
}

INSTANTIATE_TEST_SUITE_P(Types, GgufModel, ::testing::Values("f32", "f16", "q8_0", "q4_0"));

TEST(GgufModels, SingleTowers) {
  const auto ops = create_ops(Backend::cpu);
  for (const char* name : {"vision.gguf", "up_first.gguf"}) {
    const ModelSource source = open_model(kGolden / name);
    EXPECT_EQ(source.family, "clip_vision");
    EXPECT_FALSE(source.tokenizer);
    expect_close(image_vectors(load_towers(source, *ops, {}), *ops), kGolden / "q8_0/image.npy");
  }
  const ModelSource source = open_model(kGolden / "text.gguf");
  EXPECT_EQ(source.family, "clip_text");
  EXPECT_FALSE(source.preprocess);
  expect_close(text_vectors(load_towers(source, *ops, {}), *ops), kGolden / "q8_0/text.npy");
}

TEST(GgufModels, OtherFilesAreRefused) {
  using test::expect_error;
  expect_error(ErrorCode::unsupported, "is the image encoder of a language model (projector 'mlp')",
               [] { open_model(kGolden / "mmproj.gguf"); });
  expect_error(ErrorCode::invalid_data, "'clip.has_vision_encoder' is missing, expected",
               [] { open_model(kGolden / "types.gguf"); });
  const testing::TemporaryFolder folder;
  std::string other = read_text_file(kGolden / "types.gguf");
  other.replace(other.find("clip"), 4, "bert");
  expect_error(ErrorCode::invalid_data, "'general.architecture' is 'bert', expected 'clip'",
               [&] { open_model(folder.write("bert.gguf", other)); });
}

// A model with `more_tokens` empty tokens and with merges, which are empty, too.
std::string with_lists(uint32_t more_tokens, uint32_t merges) {
  std::string file = read_text_file(kGolden / "text.gguf");
  const auto get = [&](size_t at) {
    uint64_t value;
    std::memcpy(&value, &file[at], sizeof value);
    return value;
  };
  const auto text = [](uint64_t value, size_t bytes = 8) {
    return std::string(reinterpret_cast<const char*>(&value), bytes);
  };
  const std::string tokens = "tokenizer.ggml.tokens", list = text(9, 4) + text(8, 4);
  const size_t count = file.find(tokens) + tokens.size() + list.size();
  file.replace(count, 8, text(get(count) + more_tokens));
  file.insert(count + 8, size_t{8} * more_tokens, '\0');
  const std::string name = "tokenizer.ggml.merges";
  std::string keys = text(name.size()) + name + list + text(merges) + std::string(8 * merges, '\0');
  keys += text(1) + "p" + text(8, 4);
  // The data of the tensors stays aligned.
  const size_t padding = 32 - (keys.size() + 8) % 32;
  keys += text(padding) + std::string(padding, 'p');
  file.replace(16, 8, text(get(16) + 2));
  return file.insert(24, keys);
}

TEST(GgufModels, LargeVocabulariesAreRefused) {
  constexpr uint32_t kLimit = 1 << 20;
  const testing::TemporaryFolder folder;
  const auto refuse = [&](const std::string& content, const std::string& part) {
    const ModelSource source = open_model(folder.write("x.gguf", content));
    test::expect_error(ErrorCode::limit_exceeded, part, [&] { source.tokenizer(16); });
  };
  refuse(with_lists(0, kLimit + 4), "tokenizer.ggml.merges has 1048580 strings");
  refuse(with_lists(kLimit, 4), "tokenizer.ggml.tokens has ");
}

TEST(GgufModels, ADirectoryWithOneFile) {
  const testing::TemporaryFolder folder;
  fs::copy_file(kGolden / "q8_0.gguf", folder.path() / "clip-q8_0.gguf");
  EXPECT_TRUE(looks_like_model(folder.path()));
  EXPECT_EQ(open_model(folder.path()).layout, "gguf");
  // Repositories that contain GGUF files often have the config of the original.
  folder.write("config.json", R"({"model_type": "clip"})");
  EXPECT_EQ(open_model(folder.path()).layout, "gguf");
  fs::copy_file(kGolden / "q4_0.gguf", folder.path() / "clip-q4_0.gguf");
  test::expect_error(ErrorCode::invalid_argument, "has 2 GGUF files; name one of them",
                     [&] { open_model(folder.path()); });
  // The files that it was converted from.
  fs::remove(folder.path() / "config.json");
  fs::copy_file(kGolden / "../clip_formats/openai/model.pt", folder.path() / "model.pt");
  EXPECT_TRUE(looks_like_model(folder.path()));
  EXPECT_EQ(open_model(folder.path()).layout, "openai");
}

}  // namespace
}  // namespace sightline
