// Text towers of transformers in OpenCLIP's models against what open_clip computed
// (tests/golden/open_clip/hf_*, made by tools/golden/open_clip_texts.py).
#include <sightline/error.h>

#include <cmath>

#include "base/file.h"
#include "base/json.h"
#include "models/open_clip/towers.h"
#include "open_clip_golden.h"

namespace sightline::testing {
namespace {

using TextGolden = OpenClipGolden;

TEST_P(TextGolden, Texts) {
  expect_texts();
}

TEST_P(TextGolden, Images) {
  expect_images();
}

INSTANTIATE_TEST_SUITE_P(All, TextGolden,
                         ::testing::ValuesIn(open_clip_cases({"hf_roberta", "hf_xlm_roberta",
                                                              "hf_nllb", "hf_mt5", "hf_mt5_first",
                                                              "hf_coca"})),
                         open_clip_case_name);

class TextPrecision : public ::testing::TestWithParam<std::string> {};

TEST_P(TextPrecision, StaysClose) {
  const auto folder =
      std::filesystem::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/open_clip" / GetParam();
  const NpyArray expected = read_npy(folder / "text.npy");
  std::ifstream file(folder / "ids.jsonl");
  std::vector<TokenIds> texts;
  for (std::string line; std::getline(file, line);)
    texts.push_back({nlohmann::json::parse(line), false, ""});
  const PackedTokens packed = pack_tokens(texts);
  for (const Precision precision : fast_cpu_precisions()) {
    const auto ops = create_ops(Backend::cpu, {.precision = precision});
    const LoadedModel model = load_towers(open_model(folder), *ops, {});
    const Tensor got = ops->to_host(model.text->encode(*ops, packed.ids, packed.offsets));
    const int64_t width = got.dim(1);
    for (int64_t row = 0; row < got.dim(0); ++row) {
      double product = 0, a = 0, b = 0;
      for (int64_t i = row * width; i < (row + 1) * width; ++i) {
        const double x = got.data<float>()[i], y = expected.f32()[static_cast<size_t>(i)];
        product += x * y;
        a += x * x;
        b += y * y;
      }
      EXPECT_GE(product / std::sqrt(a * b), precision == Precision::bf16 ? 0.999 : 0.98)
          << precision_name(precision) << ", row " << row;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, TextPrecision, ::testing::Values("hf_roberta", "hf_nllb", "hf_mt5"),
                         [](const auto& test) { return test.param; });

// Settings that change the result are refused by name.
TEST(OpenClipTexts, RefuseOtherSettings) {
  const auto folder = std::filesystem::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/open_clip";
  const auto message = [&](const std::string& model, const nlohmann::json& change) -> std::string {
    const auto path = folder / model / "open_clip_config.json";
    nlohmann::json root = parse_json(read_text_file(path, 1 << 20), path.string());
    nlohmann::json config = root["model_cfg"];
    config["text_cfg"].update(change);
    const Checkpoint checkpoint(folder / model / "open_clip_model.safetensors");
    try {
      read_open_clip_towers({config, "model_cfg"}, checkpoint);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message("hf_nllb", {{"context_length", 12}}), "");
  EXPECT_EQ(message("hf_nllb", {{"hf_pooler_type", nullptr}}), "");
  EXPECT_NE(message("hf_nllb", {{"hf_pooler_type", "max_pooler"}}).find("max_pooler"),
            std::string::npos);
  EXPECT_NE(message("hf_roberta", {{"hf_pooler_type", "cls_pooler"}}).find("cls_pooler"),
            std::string::npos);
  EXPECT_NE(message("hf_roberta", {{"hf_proj_type", "none"}}).find("hf_proj_type"),
            std::string::npos);
  EXPECT_NE(message("hf_roberta", {{"hf_proj_type", nullptr}}).find("hf_proj_type"),
            std::string::npos);
  EXPECT_NE(message("hf_roberta", {{"hf_model_name", "roberta-huge"}}).find("roberta-huge"),
            std::string::npos);
  EXPECT_NE(message("hf_mt5", {{"adapter", true}}).find("adapter"), std::string::npos);
  EXPECT_NE(message("hf_mt5", {{"hf_model_name", "roberta-large"}}).find("word_embeddings"),
            std::string::npos);
}

}  // namespace
}  // namespace sightline::testing
