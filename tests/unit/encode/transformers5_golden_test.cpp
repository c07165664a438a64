// Directories as transformers 5 writes them, against its vectors (tests/golden/transformers5, made
// by tools/golden/transformers5.py): processor_config.json, single towers of CLIP, DistilBERT.
#include <sightline/error.h>
#include <unistd.h>

#include <fstream>

#include "unit/encode/golden_model.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using testing::refusal;

const fs::path kGolden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/transformers5";

struct Case {
  const char* name;
  const char* family;
  bool image, text;
  int64_t dim;
};

class Transformers5 : public ::testing::TestWithParam<Case> {};

TEST_P(Transformers5, GivesTheVectorsOfTransformers) {
  const Case& c = GetParam();
  const Model model = Model::load(kGolden / c.name);
  EXPECT_EQ(model.info().layout, "huggingface");
  EXPECT_EQ(model.info().family, c.family);
  EXPECT_EQ(model.info().has_image, c.image);
  EXPECT_EQ(model.info().has_text, c.text);
  EXPECT_EQ(model.info().embedding_dim, c.dim);
  EXPECT_TRUE(model.info().warnings.empty());
  if (c.text) testing::expect_text_vectors(model, kGolden, c.name);
  if (c.image) testing::expect_image_vectors(model, kGolden, c.name);
}

INSTANTIATE_TEST_SUITE_P(
    All, Transformers5,
    ::testing::Values(Case{"clip", "clip_vit", true, true, 12},
                      Case{"clip_text", "clip_text", false, true, 16},
                      Case{"clip_text_projection", "clip_text", false, true, 12},
                      Case{"clip_vision", "clip_vision", true, false, 16},
                      Case{"clip_vision_projection", "clip_vision", true, false, 12},
                      Case{"bert", "bert", false, true, 16},
                      Case{"distilbert", "distilbert", false, true, 16}),
    [](const auto& test) { return std::string(test.param.name); });

// Two single towers of one space need no layer between them.
TEST(Transformers5Pair, SingleTowersFormAModel) {
  const std::string text = (kGolden / "clip_text_projection").string();
  const std::string image = (kGolden / "clip_vision_projection").string();
  const Model pair = Model::load("text=" + text + ",image=" + image);
  EXPECT_EQ(pair.info().projection, "");
  EXPECT_FALSE(pair.info().seed);
  testing::expect_text_vectors(pair, kGolden, "clip_text_projection");
  testing::expect_image_vectors(pair, kGolden, "clip_vision_projection");
  const Model projected = Model::load("text=" + text + ",image=" + image + ",seed=0");
  EXPECT_NE(projected.info().projection, "");
  EXPECT_NE(projected.info().fingerprint, pair.info().fingerprint);
}

class Transformers5Files : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("sl_transformers5_" + std::to_string(::getpid()));
    fs::copy(kGolden / "clip", folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path folder_;
};

// As transformers 5 reads them: the section of processor_config.json comes first, and a
// processor_config.json without it (of versions 4) does not count.
TEST_F(Transformers5Files, PreprocessingComesFromTheFirstFileThatHasIt) {
  const auto mean = [&] { return Model::load(folder_).preprocess().mean[0]; };
  std::ofstream(folder_ / "preprocessor_config.json")
      << R"({"crop_size": 28, "size": 28, "image_mean": [0.1, 0.1, 0.1]})";
  EXPECT_FLOAT_EQ(mean(), 0.48145466f);
  std::ofstream(folder_ / "processor_config.json") << R"({"processor_class": "CLIPProcessor"})";
  EXPECT_FLOAT_EQ(mean(), 0.1f);
  fs::remove(folder_ / "processor_config.json");
  EXPECT_FLOAT_EQ(mean(), 0.1f);
}

TEST_F(Transformers5Files, MissingOrWrongPreprocessingIsReported) {
  const auto load = [&] { Model::load(folder_); };
  std::ofstream(folder_ / "processor_config.json") << R"({"image_processor": {"resample": 1}})";
  EXPECT_NE(refusal(load, ErrorCode::unsupported).find("processor_config.json"), std::string::npos);
  std::ofstream(folder_ / "processor_config.json") << R"({"image_processor": 3})";
  EXPECT_NE(refusal(load, ErrorCode::invalid_data).find("processor_config.json"),
            std::string::npos);
  fs::remove(folder_ / "processor_config.json");
  const std::string message = refusal(load, ErrorCode::not_found);
  EXPECT_NE(message.find("processor_config.json with an image_processor"), std::string::npos)
      << message;
}

// Older versions of transformers write a tower without projection with the tower's prefix, which is
// what the files with projection have.
TEST_F(Transformers5Files, ProjectionThatTheConfigPromisesMustExist) {
  fs::remove_all(folder_);
  fs::copy(kGolden / "clip_text", folder_);
  std::string config = read_text_file(folder_ / "config.json", 1 << 20);
  config.replace(config.find("CLIPTextModel\""), 14, "CLIPTextModelWithProjection\"");
  std::ofstream(folder_ / "config.json") << config;
  const std::string message = refusal([&] { Model::load(folder_); }, ErrorCode::invalid_data);
  EXPECT_NE(message.find("text_projection.weight"), std::string::npos) << message;
}

}  // namespace
}  // namespace sightline
