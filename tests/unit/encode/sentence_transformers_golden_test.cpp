// Directories of sentence-transformers against its vectors (tests/golden/sentence_transformers,
// made by tools/golden/sentence_transformers_models.py), and what is refused.
#include <sightline/error.h>
#include <unistd.h>

#include <fstream>
#include <functional>

#include "unit/encode/golden_model.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::refusal;

const fs::path kGolden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/sentence_transformers";

struct Case {
  const char* name;
  const char* family;
  int64_t dim;
  int context_length;
};

class SentenceTransformers : public ::testing::TestWithParam<Case> {};

TEST_P(SentenceTransformers, GivesTheVectorsOfSentenceTransformers) {
  const Case& c = GetParam();
  const Model model = Model::load(kGolden / c.name);
  EXPECT_EQ(model.info().layout, "sentence_transformers");
  EXPECT_EQ(model.info().family, c.family);
  EXPECT_EQ(model.info().embedding_dim, c.dim);
  EXPECT_EQ(model.info().context_length, c.context_length);
  EXPECT_TRUE(model.info().warnings.empty());
  testing::expect_text_vectors(model, kGolden, c.name);
  if (model.info().has_image) testing::expect_image_vectors(model, kGolden, c.name);
}

INSTANTIATE_TEST_SUITE_P(All, SentenceTransformers,
                         ::testing::Values(Case{"mean", "bert", 16, 12},
                                           Case{"cls", "bert", 10, 12}, Case{"max", "bert", 10, 24},
                                           Case{"distilbert", "distilbert", 12, 20},
                                           Case{"lower", "distilbert", 12, 20},
                                           Case{"clip", "clip_vit", 12, 16},
                                           Case{"clip6", "clip_vit", 12, 16}),
                         [](const auto& test) { return std::string(test.param.name); });

// The layout of clip-ViT-B-32-multilingual-v1 with an image model of the same space.
TEST(SentenceTransformersPair, TextTowerBesideAnImageTower) {
  const std::string text = (kGolden / "distilbert").string(), image = (kGolden / "clip").string();
  const Model pair = Model::load("text=" + text + ",image=" + image);
  EXPECT_EQ(pair.info().projection, "");
  EXPECT_EQ(pair.info().context_length, 20);
  testing::expect_text_vectors(pair, kGolden, "distilbert");
  testing::expect_image_vectors(pair, kGolden, "clip");
}

TEST(SentenceTransformersPair, FingerprintCoversTheModules) {
  const Model a = Model::load(kGolden / "distilbert"), b = Model::load(kGolden / "lower");
  EXPECT_NE(a.info().fingerprint, b.info().fingerprint);
}

class SentenceTransformersFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("sl_sentences_" + std::to_string(::getpid()));
    fs::copy(kGolden / "cls", folder_, fs::copy_options::recursive);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void change(const std::string& file, const std::function<void(json&)>& edit) {
    json content = json::parse(read_text_file(folder_ / file, 1 << 20));
    edit(content);
    std::ofstream(folder_ / file) << content.dump();
  }
  // The refusal after a change, which is taken back.
  std::string refused(const std::string& file, const std::function<void(json&)>& edit,
                      ErrorCode code = ErrorCode::unsupported) {
    const std::string before = read_text_file(folder_ / file, 1 << 20);
    change(file, edit);
    const std::string message = refusal([&] { Model::load(folder_); }, code);
    std::ofstream(folder_ / file) << before;
    return message;
  }

  fs::path folder_;
};

TEST_F(SentenceTransformersFiles, RefusesPoolingsThatItHasNot) {
  const auto pooling = [&](const json& mode) {
    return refused("1_Pooling/config.json", [&](json& c) { c["pooling_mode"] = mode; });
  };
  const std::string several = pooling({"cls", "max"});
  EXPECT_NE(several.find("several pooling modes (cls, max)"), std::string::npos) << several;
  EXPECT_NE(pooling("weightedmean").find("'weightedmean'"), std::string::npos);
  EXPECT_NE(refused("1_Pooling/config.json",
                    [](json& c) {
                      c.erase("pooling_mode");
                      c["pooling_mode_mean_sqrt_len_tokens"] = true;
                    })
                .find("mean_sqrt_len_tokens"),
            std::string::npos);
}

// Without it, the pooling would silently be another one.
TEST_F(SentenceTransformersFiles, APoolingNeedsItsConfig) {
  fs::remove(folder_ / "1_Pooling/config.json");
  const std::string message = refusal([&] { Model::load(folder_); }, ErrorCode::not_found);
  EXPECT_NE(message.find("1_Pooling/config.json' is missing"), std::string::npos) << message;
}

// transformers writes NaN and Infinity as Python does.
TEST_F(SentenceTransformersFiles, AConfigWithNaNIsRefused) {
  std::string config = read_text_file(folder_ / "config.json", 1 << 20);
  config.insert(config.find('{') + 1, "\"layer_norm_eps\": NaN, ");
  const size_t old = config.find("\"layer_norm_eps\"", 30);
  if (old != config.npos) config.replace(old, 16, "\"unused_eps\"");
  std::ofstream(folder_ / "config.json") << config;
  const std::string message = refusal([&] { Model::load(folder_); }, ErrorCode::invalid_data);
  EXPECT_NE(message.find("layer_norm_eps"), std::string::npos) << message;
}

TEST_F(SentenceTransformersFiles, RefusesModulesThatItHasNot) {
  const auto modules = [&](const std::function<void(json&)>& edit,
                           ErrorCode code = ErrorCode::unsupported) {
    return refused("modules.json", edit, code);
  };
  EXPECT_NE(modules([](json& m) { m[2]["type"] = "custom.Dense"; }).find("never executed"),
            std::string::npos);
  EXPECT_NE(modules([](json& m) {
              m[2]["type"] = "sentence_transformers.models.LSTM";
            }).find("is a LSTM"),
            std::string::npos);
  EXPECT_NE(modules([](json& m) { m.erase(0); }).find("expected a Transformer"), std::string::npos);
  EXPECT_NE(modules([](json& m) { m.erase(1); }).find("not followed by a Pooling"),
            std::string::npos);
  EXPECT_NE(modules([](json& m) { m[1]["path"] = "../1_Pooling"; }, ErrorCode::invalid_data)
                .find("within the model's"),
            std::string::npos);
  EXPECT_NE(modules([](json& m) { m[1].erase("type"); }, ErrorCode::invalid_data).find("'type'"),
            std::string::npos);
  EXPECT_NE(
      modules([](json& m) { m = json::object(); }, ErrorCode::invalid_data).find("not a list"),
      std::string::npos);
}

TEST_F(SentenceTransformersFiles, RefusesDenseLayersThatDoNotFit) {
  const auto dense = [&](const char* key, const json& value, ErrorCode code) {
    return refused(
        "2_Dense/config.json", [&](json& c) { c[key] = value; }, code);
  };
  EXPECT_NE(dense("activation_function", "torch.nn.modules.activation.SiLU", ErrorCode::unsupported)
                .find("SiLU"),
            std::string::npos);
  EXPECT_NE(dense("activation_function", "custom.Tanh", ErrorCode::unsupported).find("custom.Tanh"),
            std::string::npos);
  EXPECT_NE(dense("in_features", 17, ErrorCode::invalid_data).find("in_features 17, expected 16"),
            std::string::npos);
  EXPECT_NE(dense("out_features", 11, ErrorCode::invalid_data).find("linear.weight"),
            std::string::npos);
  EXPECT_NE(dense("bias", false, ErrorCode::invalid_data).find("linear.bias"), std::string::npos);
}

TEST_F(SentenceTransformersFiles, RefusesAPromptBeforeEachText) {
  EXPECT_NE(refused("config_sentence_transformers.json",
                    [](json& c) {
                      c["prompts"]["query"] = "query: ";
                      c["default_prompt_name"] = "query";
                    })
                .find("query: "),
            std::string::npos);
}

// Files of a model type that no family has: the type is named.
TEST_F(SentenceTransformersFiles, NamesAnUnknownModelType) {
  const std::string message = refused("config.json", [](json& c) { c["model_type"] = "albert"; });
  EXPECT_NE(message.find("albert"), std::string::npos) << message;
}

// max_seq_length takes precedence over the tokenizer's limit, and the positions over both.
TEST_F(SentenceTransformersFiles, LengthOfTexts) {
  const auto length = [&] { return Model::load(folder_).info().context_length; };
  EXPECT_EQ(length(), 12);
  change("sentence_bert_config.json", [](json& c) { c["max_seq_length"] = 7; });
  EXPECT_EQ(length(), 7);
  change("sentence_bert_config.json", [](json& c) { c["max_seq_length"] = 1000; });
  EXPECT_EQ(length(), 24);
  change("sentence_bert_config.json", [](json& c) { c["max_seq_length"] = nullptr; });
  change("tokenizer_config.json", [](json& c) { c["model_max_length"] = 1e30; });
  EXPECT_EQ(length(), 24);
}

// The weights file alone, beside modules.json.
TEST_F(SentenceTransformersFiles, WeightsFileOfTheTransformer) {
  const Model model = Model::load(folder_ / "model.safetensors");
  EXPECT_EQ(model.info().layout, "sentence_transformers");
  testing::expect_text_vectors(model, kGolden, "cls");
}

}  // namespace
}  // namespace sightline
