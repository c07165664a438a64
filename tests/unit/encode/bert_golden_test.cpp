// The BERT tower against what transformers computed (tests/golden/bert, made by
// tools/golden/bert.py).
#include <gtest/gtest.h>
#include <sightline/error.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/npy.h"
#include "base/plugin.h"
#include "models/bert.h"
#include "models/packed_tokens.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

const fs::path kGolden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/bert";

struct Case {
  std::string model;
  std::string backend;
};

PackedTokens batch_of(const std::vector<std::vector<int32_t>>& texts) {
  std::vector<TokenIds> rows;
  for (const auto& ids : texts) rows.push_back({ids, false, ""});
  return pack_tokens(rows);
}

class BertGolden : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (GetParam().backend == "torch" && !plugin_exists("torch"))
      GTEST_SKIP() << "built without libtorch";
    folder_ = kGolden / GetParam().model;
    ops_ = create_ops(parse_backend(GetParam().backend));
  }

  BertTower tower(int64_t first_position = 0) {
    const ModelSource source = open_model(folder_);
    WeightBuilder weights(*source.parameters, ops_.get());
    BertTower tower(weights, source.config_as<BertConfig>(), first_position);
    source.parameters->finish();
    return tower;
  }

  // Tiny towers of fp32 sums: 2e-5 is about a hundred roundings at the outputs' size.
  void expect_near(const Tensor& got, const NpyArray& expected) {
    const Tensor host = ops_->to_host(got);
    ASSERT_EQ(host.count(), element_count(Shape(expected.shape.begin(), expected.shape.end())));
    for (int64_t i = 0; i < host.count(); ++i) {
      ASSERT_NEAR(host.data<float>()[i], expected.f32()[static_cast<size_t>(i)], 2e-5)
          << "element " << i;
    }
  }

  std::vector<std::vector<int32_t>> texts() const {
    std::ifstream file(folder_ / "ids.jsonl");
    std::vector<std::vector<int32_t>> result;
    for (std::string line; std::getline(file, line);) result.push_back(nlohmann::json::parse(line));
    return result;
  }

  fs::path folder_;
  std::unique_ptr<Ops> ops_;
};

TEST_P(BertGolden, MeanOverTheMask) {
  const PackedTokens batch = batch_of(texts());
  expect_near(tower().encode(*ops_, ops_->from_host(batch.ids), batch.offsets),
              read_npy(folder_ / "mean.npy"));
}

TEST_P(BertGolden, HiddenStates) {
  const PackedTokens batch = batch_of({texts().back()});
  expect_near(tower().hidden_states(*ops_, ops_->from_host(batch.ids), batch.offsets),
              read_npy(folder_ / "hidden.npy"));
}

// A mask that begins with 0 is the rest of the text from position 1 on.
TEST_P(BertGolden, FirstTokenMaskedAway) {
  std::vector<int32_t> rest = texts().back();
  rest.erase(rest.begin());
  const PackedTokens batch = batch_of({rest});
  expect_near(tower(1).hidden_states(*ops_, ops_->from_host(batch.ids), batch.offsets),
              read_npy(folder_ / "masked.npy"));
}

INSTANTIATE_TEST_SUITE_P(All, BertGolden,
                         ::testing::Values(Case{"gelu", "cpu"}, Case{"relu_odd", "cpu"},
                                           Case{"old_names", "cpu"}, Case{"gelu", "torch"},
                                           Case{"relu_odd", "torch"}),
                         [](const auto& test) {
                           return test.param.model + "_" + test.param.backend;
                         });

TEST(BertConfig, RefusesWhatItIsNot) {
  const auto refusal = [](const std::string& json) -> std::string {
    try {
      parse_bert_config(json, "config.json");
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(parse_bert_config("{}", "x").context_length, 512);
  EXPECT_EQ(parse_bert_config(R"({"hidden_act": "relu"})", "x").activation, Activation::relu);
  EXPECT_NE(refusal(R"({"hidden_act": "gelu_new"})").find("gelu_new"), std::string::npos);
  EXPECT_NE(refusal(R"({"hidden_act": 3})").find("hidden_act"), std::string::npos);
  EXPECT_NE(refusal(R"({"position_embedding_type": "relative_key"})").find("relative_key"),
            std::string::npos);
  EXPECT_NE(refusal(R"({"is_decoder": true})").find("is_decoder"), std::string::npos);
  EXPECT_NE(refusal(R"({"model_type": "roberta"})").find("roberta"), std::string::npos);
  EXPECT_NE(refusal(R"({"hidden_size": 767})").find("divisor"), std::string::npos);
  EXPECT_NE(refusal(R"({"hidden_size": 1e30})").find("whole number"), std::string::npos);
  EXPECT_NE(refusal(R"({"vocab_size": -1})").find("vocab_size"), std::string::npos);
  EXPECT_NE(refusal(R"({"layer_norm_eps": 0})").find("layer_norm_eps"), std::string::npos);
  EXPECT_NE(refusal("[]").find("not a JSON object"), std::string::npos);
}

}  // namespace
}  // namespace sightline
