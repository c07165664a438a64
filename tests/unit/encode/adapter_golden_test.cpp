// Models with a low-rank adapter against PEFT's vectors (tests/golden/adapter, made by
// tools/golden/adapters.py).
#include <sightline/error.h>

#include "models/low_rank_adapter.h"
#include "unit/data/temporary_folder.h"
#include "unit/encode/golden_model.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using testing::refusal;

const fs::path kRoot = SIGHTLINE_SOURCE_DIR;
const fs::path kGolden = kRoot / "tests/golden/adapter";
const std::string kModel = (kRoot / "models/emoji-vit-8").string();

std::string with_adapter(const std::string& name) {
  return kModel + "+" + (kGolden / name).string();
}

class AdapterGolden : public ::testing::TestWithParam<const char*> {};

TEST_P(AdapterGolden, GivesTheVectorsOfPeft) {
  const Model model = Model::load(with_adapter(GetParam()));
  EXPECT_EQ(model.info().layout, "huggingface");
  EXPECT_EQ(model.info().name, std::string("emoji-vit-8+") + GetParam());
  EXPECT_TRUE(model.info().warnings.empty()) << model.info().warnings.front();
  testing::expect_text_vectors(model, kGolden, GetParam());
  testing::expect_image_vectors(model, kGolden, GetParam());
}

INSTANTIATE_TEST_SUITE_P(All, AdapterGolden,
                         ::testing::Values("attention", "stabilized", "projections"),
                         [](const auto& test) { return std::string(test.param); });

TEST(Adapter, LearnedPromptFollowsTheStartToken) {
  const Model model = Model::load(with_adapter("prompt")), plain = Model::load(kModel);
  testing::expect_text_vectors(model, kGolden, "prompt");
  EXPECT_NE(model.info().fingerprint, plain.info().fingerprint);
  EXPECT_EQ(model.info().context_length, 32);
  EXPECT_EQ(model.tokenizer().vocab_size(), plain.tokenizer().vocab_size());
  const std::string text = "a red heart and a blue heart ";
  const TokenIds tokens = model.tokenizer().encode(text), words = plain.tokenizer().encode(text);
  ASSERT_EQ(tokens.ids.size(), words.ids.size() + 3);
  EXPECT_EQ(tokens.ids[0], words.ids[0]);
  EXPECT_EQ(tokens.ids[1], 2048);
  EXPECT_EQ(tokens.ids[4], words.ids[1]);
  EXPECT_EQ(model.tokenizer().token(2050), "[prompt 3]");
  const TokenIds cut = model.tokenizer().encode(text + text + text + text + text);
  EXPECT_TRUE(cut.truncated);
  EXPECT_EQ(cut.ids.size(), 32u);
  EXPECT_EQ(cut.ids.back(), words.ids.back());
  const std::string image = (kRoot / "tests/golden/clip_vit/quick_gelu").string();
  const std::string width = refusal(
      [&] { Model::load(image + "+" + (kGolden / "prompt").string()); }, ErrorCode::invalid_data);
  EXPECT_NE(width.find("'prompt'"), width.npos) << width;
}

TEST(Adapter, ChangesTheFingerprintAndTheName) {
  const ModelOptions shapes = {.load_image_tower = false, .load_text_tower = false};
  const Model plain = Model::load(kModel, shapes),
              a = Model::load(with_adapter("attention"), shapes),
              b = Model::load(with_adapter("projections"), shapes),
              both = Model::load(
                  with_adapter("attention") + "+" + (kGolden / "projections").string(), shapes);
  EXPECT_EQ(both.info().name, "emoji-vit-8+attention+projections");
  const std::set<std::string> fingerprints = {plain.info().fingerprint, a.info().fingerprint,
                                              b.info().fingerprint, both.info().fingerprint};
  EXPECT_EQ(fingerprints.size(), 4u);
  EXPECT_EQ(Model::load("mine=" + with_adapter("attention"), shapes).info().name, "mine");
  EXPECT_EQ(plain.info().parameters, a.info().parameters);
}

TEST(Adapter, OfATowerOfAPair) {
  const Model pair = Model::load("text=" + with_adapter("stabilized") + ",image=" + kModel);
  EXPECT_EQ(pair.info().name, "emoji-vit-8+stabilized+emoji-vit-8");
  testing::expect_text_vectors(pair, kGolden, "stabilized");
  const std::string spec = "text=" + kModel + ",image=" + kModel;
  const testing::TemporaryFolder folder;
  folder.write("pair/pair.json",
               R"({"format": 1, "text": ")" + kModel + R"(", "image": ")" + kModel + R"("})");
  const std::string path = (folder.path() / "pair").string();
  const std::string message =
      refusal([&] { Model::load(path + "+" + (kGolden / "stabilized").string()); },
              ErrorCode::invalid_argument);
  EXPECT_NE(message.find("is a pair"), message.npos) << message;
}

TEST(Adapter, OfAModelInAPathWithAPlus) {
  const testing::TemporaryFolder folder;
  const fs::path model = folder.path() / "a+b" / "emoji-vit-8", adapter = folder.path() / "c+d";
  fs::create_directories(model.parent_path());
  fs::create_directory_symlink(kModel, model);
  fs::copy(kGolden / "stabilized", adapter);
  EXPECT_EQ(Model::load(model).info().name, "emoji-vit-8");
  testing::expect_text_vectors(Model::load(model.string() + "+" + adapter.string()), kGolden,
                               "stabilized");
}

TEST(Adapter, OfAnotherBaseIsAWarning) {
  const testing::TemporaryFolder folder;
  fs::copy(kGolden / "stabilized", folder.path() / "stabilized");
  const auto warnings_for = [&](const std::string& base) {
    std::string config = read_text_file(kGolden / "stabilized/adapter_config.json");
    const std::string key = "\"base_model_name_or_path\": ", from = key + "\"models/emoji-vit-8\"";
    config.replace(config.find(from), from.size(), key + base);
    folder.write("stabilized/adapter_config.json", config);
    return Model::load(kModel + "+" + (folder.path() / "stabilized").string(),
                       {.load_image_tower = false, .load_text_tower = false})
        .info()
        .warnings;
  };
  EXPECT_TRUE(warnings_for("\"/elsewhere/emoji-vit-8\"").empty());
  EXPECT_TRUE(warnings_for("null").empty());
  const auto warnings = warnings_for("\"openai/clip-vit-base-patch32\"");
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("made for the model 'openai/clip-vit-base-patch32'"),
            std::string::npos);
  // The name of a repository in the Hub's cache.
  const fs::path snapshot = folder.path() / "models--org--base/snapshots/0123";
  fs::create_directories(snapshot.parent_path());
  fs::create_directory_symlink(kModel, snapshot);
  warnings_for("\"org/base\"");
  EXPECT_TRUE(Model::load(snapshot.string() + "+" + (folder.path() / "stabilized").string(),
                          {.load_image_tower = false, .load_text_tower = false})
                  .info()
                  .warnings.empty());
}

TEST(Adapter, OfAnotherModelIsRefused) {
  const std::string other = (kRoot / "tests/golden/clip_vit/quick_gelu").string();
  const std::string shapes =
      refusal([&] { Model::load(other + "+" + (kGolden / "projections").string()); },
              ErrorCode::invalid_data);
  EXPECT_NE(shapes.find("does not fit the model: tensor 'base_model.model."), shapes.npos)
      << shapes;
  const std::string words = (kRoot / "models/emoji-bert").string();
  const std::string layers =
      refusal([&] { Model::load(words + "+" + (kGolden / "stabilized").string()); },
              ErrorCode::invalid_data);
  EXPECT_NE(layers.find("4 layers that the model does not have"), layers.npos) << layers;
  const std::string missing =
      refusal([&] { Model::load(kModel + "+/no/such"); }, ErrorCode::not_found);
  EXPECT_NE(missing.find("no adapter directory '/no/such'"), missing.npos) << missing;
  const std::string none =
      refusal([&] { Model::load(kModel + "+" + kModel); }, ErrorCode::not_found);
  EXPECT_NE(none.find("has neither adapter_config.json nor prompt"), none.npos) << none;
  const std::string base = refusal(
      [&] { Model::load("/no/model+" + (kGolden / "stabilized").string()); }, ErrorCode::not_found);
  EXPECT_NE(base.find("read as MODEL+ADAPTER: there is no model directory '/no/model'"), base.npos)
      << base;
}

// tests/golden/adapter/ours was loaded by PEFT (tools/golden/adapters.py --check): it had the
// vectors of 'projections', from which it has its matrices.
TEST(Adapter, WritesTheBytesThatPeftLoads) {
  const LowRankAdapter adapter(kGolden / "projections");
  std::vector<LowRankFactors> layers;
  for (const std::string& module : adapter.modules()) {
    const auto load = [&](const std::string& matrix) {
      const std::string name = "base_model.model." + module + "." + matrix + ".weight";
      return adapter.weights()->load(name, adapter.weights()->find(name)->shape);
    };
    layers.push_back({module, load("lora_A"), load("lora_B")});
  }
  const testing::TemporaryFolder folder;
  const fs::path written = folder.path() / "new/adapter";
  write_low_rank_adapter(written, "models/emoji-vit-8", 2.5, layers);
  for (const char* file : {"adapter_config.json", "adapter_model.safetensors"}) {
    EXPECT_EQ(read_file(written / file, 1 << 20), read_file(kGolden / "ours" / file, 1 << 20))
        << file;
  }
  const Model model = Model::load(kModel + "+" + written.string());
  testing::expect_text_vectors(model, kGolden, "projections");
  testing::expect_image_vectors(model, kGolden, "projections");
}

}  // namespace
}  // namespace sightline
