// RoBERTa, XLM-RoBERTa and MPNet against what transformers computed (tests/golden/roberta and
// mpnet, made by tools/golden/roberta.py).
#include <gtest/gtest.h>
#include <sightline/error.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/npy.h"
#include "base/plugin.h"
#include "models/hf_text/relative_bias.h"
#include "models/packed_tokens.h"
#include "models/roberta.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

struct Case {
  std::string model, backend;
};

class RobertaGolden : public ::testing::TestWithParam<Case> {};

// Tiny towers of fp32 sums: 2e-5 is about a hundred roundings at the outputs' size.
TEST_P(RobertaGolden, MeanOverTheMask) {
  if (GetParam().backend == "torch" && !plugin_exists("torch"))
    GTEST_SKIP() << "built without libtorch";
  const fs::path folder = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden" / GetParam().model;
  std::ifstream file(folder / "ids.jsonl");
  std::vector<TokenIds> texts;
  for (std::string line; std::getline(file, line);)
    texts.push_back({nlohmann::json::parse(line), false, ""});
  const PackedTokens packed = pack_tokens(texts);
  const auto ops = create_ops(parse_backend(GetParam().backend));
  const LoadedModel model = load_towers(open_model(folder), *ops, {});
  EXPECT_EQ(model.info.context_length, 29);
  const Tensor got =
      ops->to_host(model.text->encode(*ops, ops->from_host(packed.ids), packed.offsets));
  const NpyArray expected = read_npy(folder / "mean.npy");
  ASSERT_EQ(got.shape(), Shape(expected.shape.begin(), expected.shape.end()));
  for (int64_t i = 0; i < got.count(); ++i) {
    ASSERT_NEAR(got.data<float>()[i], expected.f32()[static_cast<size_t>(i)], 2e-5)
        << "element " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, RobertaGolden,
    ::testing::Values(Case{"roberta/base", "cpu"}, Case{"roberta/xlm", "cpu"},
                      Case{"roberta/masked_words", "cpu"}, Case{"mpnet/base", "cpu"},
                      Case{"mpnet/masked_words", "cpu"}, Case{"roberta/base", "torch"},
                      Case{"roberta/xlm", "torch"}, Case{"mpnet/base", "torch"}),
    [](const auto& test) {
      std::string name = test.param.model + "_" + test.param.backend;
      name.replace(name.find('/'), 1, "_");
      return name;
    });

// Buckets of T5 with 32 of them, computed with transformers.
TEST(RelativeBucket, GrowsLogarithmically) {
  const auto bucket = [](int64_t distance) { return relative_bucket(distance, 32, 128); };
  EXPECT_EQ(bucket(0), 0);
  EXPECT_EQ(bucket(-1), 1);
  EXPECT_EQ(bucket(1), 17);
  EXPECT_EQ(bucket(-7), 7);
  EXPECT_EQ(bucket(-8), 8);
  EXPECT_EQ(bucket(-11), 8);
  EXPECT_EQ(bucket(-12), 9);
  EXPECT_EQ(bucket(31), 27);
  EXPECT_EQ(bucket(32), 28);
  EXPECT_EQ(bucket(-127), 15);
  EXPECT_EQ(bucket(500), 31);
}

TEST(RobertaConfig, RefusesWhatItIsNot) {
  const auto refusal = [](auto parse, const std::string& json) -> std::string {
    try {
      parse(json, "config.json");
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(parse_roberta_config(R"({"max_position_embeddings": 514})", "x").context_length, 512);
  EXPECT_EQ(parse_mpnet_config(R"({"max_position_embeddings": 514})", "x").relative_buckets, 32);
  const auto of = [&](const std::string& json) { return refusal(parse_roberta_config, json); };
  EXPECT_NE(of(R"({"pad_token_id": 0})").find("pad_token_id"), std::string::npos);
  EXPECT_NE(of(R"({"position_embedding_type": "relative_key"})").find("relative_key"),
            std::string::npos);
  EXPECT_NE(of(R"({"is_decoder": true})").find("is_decoder"), std::string::npos);
  EXPECT_NE(of(R"({"max_position_embeddings": 4})").find("at least 5"), std::string::npos);
  EXPECT_NE(of("[]").find("not a JSON object"), std::string::npos);
  EXPECT_NE(refusal(parse_mpnet_config, R"({"relative_attention_num_buckets": 16})")
                .find("relative_attention_num_buckets"),
            std::string::npos);
}

}  // namespace
}  // namespace sightline
