// Pairs whose image tower starts from another model.
#include <gtest/gtest.h>
#include <sightline/error.h>

#include "train/runs.h"
#include "weights/safetensors.h"

namespace sightline {
namespace {

using nlohmann::json;
using testing::bytes_of;
using testing::recipe_for;
using testing::run_training;
using testing::TemporaryFolder;
using testing::TrainingRun;

class ImageStart : public ::testing::Test {
 protected:
  static const TemporaryFolder& folder() {
    static const TemporaryFolder folder;
    static const bool written = (write_data(folder), true);
    (void)written;
    return folder;
  }
  // A short run from random weights, whose image tower the tests start from.
  static const TrainingRun& first() {
    static const TrainingRun run = [] {
      json recipe = recipe_for("mobilenet_pair");
      recipe["epochs"] = 1;
      return run_training(folder(), recipe, "first");
    }();
    return run;
  }
  static json recipe_from(const std::string& path) {
    json recipe = recipe_for("mobilenet_pair");
    recipe["model"]["image"]["from"] = path;
    recipe["epochs"] = 2;
    recipe["seed"] = 7;
    return recipe;
  }
  static std::string refusal(const json& recipe, ErrorCode code,
                             const std::string& out = "refused") {
    try {
      run_training(folder(), recipe, out);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      return error.what();
    }
    return "";
  }
};

// Frozen parameters keep their initial values.
TEST_F(ImageStart, AllWeightsButTheClassifierAreTheOtherModels) {
  json recipe = recipe_from((first().out / "image").string());
  recipe["frozen"] = {"conv_stem.", "bn1.", "blocks.", "conv_head.", "bn2."};
  const TrainingRun run = run_training(folder(), recipe, "frozen");
  const SafetensorsFile before(first().out / "image/model.safetensors"),
      after(run.out / "image/model.safetensors");
  int same = 0;
  for (const auto& [name, entry] : after.entries()) {
    if (name.find("running_") != name.npos || name.ends_with("num_batches_tracked")) continue;
    const auto old = before.entries().at(name).bytes;
    const bool equal = std::equal(old.begin(), old.end(), entry.bytes.begin(), entry.bytes.end());
    EXPECT_EQ(equal, !name.starts_with("classifier.")) << name;
    same += equal;
  }
  EXPECT_EQ(same, 52 * 3);  // convolutions, with weight and bias of their norms
}

TEST_F(ImageStart, StoppedRunResumesToTheSameBytes) {
  const json recipe = recipe_from((first().out / "image").string());
  const TrainingRun whole = run_training(folder(), recipe, "whole");
  EXPECT_FALSE(run_training(folder(), recipe, "stopped", 1).result.complete);
  const TrainingRun second = run_training(folder(), recipe, "stopped");
  EXPECT_EQ(second.log, whole.log);
  for (const char* file : {"image/model.safetensors", "image/config.json"})
    EXPECT_EQ(bytes_of(second.out / file), bytes_of(whole.out / file)) << file;
}

TEST_F(ImageStart, AnotherModelIsAnotherRun) {
  const auto copy = folder().path() / "copy";
  std::filesystem::copy(first().out / "image", copy);
  const json recipe = recipe_from(copy.string());
  run_training(folder(), recipe, "changed", 1);
  json config = json::parse(bytes_of(copy / "config.json"));
  config["pretrained_cfg"]["mean"] = {0.5, 0.5, 0.5};
  folder().write("copy/config.json", config.dump());
  EXPECT_NE(refusal(recipe, ErrorCode::invalid_data, "changed").find("belongs to another recipe"),
            std::string::npos);
}

TEST_F(ImageStart, MissingAndOtherModelsAreRefused) {
  const std::string missing = (folder().path() / "none.pth").string();
  const std::string text = refusal(recipe_from(missing), ErrorCode::not_found);
  EXPECT_NE(text.find("there is no image model '" + missing + "', from which the recipe starts"),
            std::string::npos)
      << text;
  EXPECT_NE(
      refusal(recipe_from(SIGHTLINE_SOURCE_DIR "/models/emoji-resnet"), ErrorCode::invalid_data)
          .find("is of family 'resnet', expected 'mobilenet_v2'"),
      std::string::npos);
}

TEST_F(ImageStart, OfAnotherFamilyIsRefusedBeforeRowsAreRead) {
  const json recipe = recipe_from(SIGHTLINE_SOURCE_DIR "/models/emoji-resnet");
  int64_t rows = 0;
  EXPECT_THROW(
      run_training(folder(), recipe, "early", -1, {}, [&](const ProgressUpdate&) { ++rows; }),
      Error);
  EXPECT_EQ(rows, 0);
}

// The constants that normalize the pixels: ImageNet's for a MobileNetV2 with random weights, the
// other model's where the tower starts from one.
TEST_F(ImageStart, ExportHasTheConstantsOfTraining) {
  const auto mean_of = [](const TrainingRun& run) {
    const json config = json::parse(bytes_of(run.out / "image/config.json"));
    EXPECT_EQ(config["architecture"], "mobilenetv2_100");
    return config["pretrained_cfg"]["mean"];
  };
  EXPECT_EQ(mean_of(first()), (json{0.485, 0.456, 0.406}));
  const auto from = folder().path() / "shifted";
  std::filesystem::copy(first().out / "image", from);
  json config = json::parse(bytes_of(from / "config.json"));
  config["pretrained_cfg"]["mean"] = {0.5, 0.25, 0.125};
  folder().write("shifted/config.json", config.dump());
  json recipe = recipe_from(from.string());
  recipe["epochs"] = 1;
  EXPECT_EQ(mean_of(run_training(folder(), recipe, "constants")), (json{0.5, 0.25, 0.125}));
}

}  // namespace
}  // namespace sightline
