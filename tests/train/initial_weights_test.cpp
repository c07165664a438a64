// Training that starts from a model's weights, and parameters that stay frozen.
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

double first_loss(const TrainingRun& run) {
  for (const json& line : run.log) {
    if (line.contains("loss")) return line["loss"];
  }
  ADD_FAILURE() << "no step in the log";
  return 0;
}

class InitialWeights : public ::testing::TestWithParam<const char*> {
 protected:
  static const TemporaryFolder& folder() {
    static const TemporaryFolder folder;
    static const bool written = (write_data(folder), true);
    (void)written;
    return folder;
  }
};

TEST_P(InitialWeights, TrainingContinuesFromAModel) {
  const std::string name = GetParam();
  json recipe = recipe_for(name);
  recipe.erase("evaluate_splits");
  const TrainingRun first = run_training(folder(), recipe, name);
  recipe["initial_weights"] = first.out.string();
  recipe["epochs"] = 1;
  const TrainingRun second = run_training(folder(), recipe, name + "-second");
  EXPECT_LT(first_loss(second), 0.95 * first_loss(first));
}

INSTANTIATE_TEST_SUITE_P(Kinds, InitialWeights,
                         ::testing::Values("vit", "modified_resnet", "bert", "resnet"),
                         [](const auto& kind) { return std::string(kind.param); });

class Frozen : public InitialWeights {
 protected:
  static json frozen_recipe() {
    json recipe = recipe_for("vit");
    recipe.erase("evaluate_splits");
    recipe["epochs"] = 2;
    recipe["frozen"] = {"vision_model.", "text_model.encoder."};
    return recipe;
  }
};

bool same_bytes(const SafetensorsFile& a, const SafetensorsFile& b, const std::string& name) {
  const auto x = a.entries().at(name).bytes, y = b.entries().at(name).bytes;
  return std::equal(x.begin(), x.end(), y.begin(), y.end());
}

TEST_F(Frozen, ParametersKeepTheirInitialValues) {
  json recipe = frozen_recipe();
  const TrainingRun start = run_training(folder(), recipe_for("vit"), "start");
  recipe["initial_weights"] = start.out.string();
  const TrainingRun run = run_training(folder(), recipe, "frozen");
  const SafetensorsFile before(start.out / "model.safetensors"),
      after(run.out / "model.safetensors");
  int kept = 0, changed = 0;
  for (const auto& [name, entry] : after.entries()) {
    const bool frozen =
        name.starts_with("vision_model.") || name.starts_with("text_model.encoder.");
    EXPECT_EQ(same_bytes(before, after, name), frozen) << name;
    ++(frozen ? kept : changed);
  }
  EXPECT_GT(kept, 20);
  EXPECT_GE(changed, 6);  // embeddings, final norm, projections and scale
}

TEST_F(Frozen, CheckpointHasNoStateForThemAndResumesToTheSameBytes) {
  const TrainingRun whole = run_training(folder(), frozen_recipe(), "whole");
  const TrainingRun first = run_training(folder(), frozen_recipe(), "stopped", 1);
  const SafetensorsFile checkpoint(first.out / "checkpoint.safetensors");
  EXPECT_TRUE(checkpoint.entries().contains("mean.visual_projection.weight"));
  for (const auto& [name, entry] : checkpoint.entries())
    EXPECT_EQ(name.find("vision_model."), std::string::npos) << name;
  const TrainingRun second = run_training(folder(), frozen_recipe(), "stopped");
  EXPECT_EQ(second.log, whole.log);
  EXPECT_EQ(bytes_of(second.out / "model.safetensors"), bytes_of(whole.out / "model.safetensors"));
}

TEST_F(Frozen, UnknownPrefixesAndNothingToTrainAreRefused) {
  json recipe = frozen_recipe();
  const auto message = [&](const json& frozen) -> std::string {
    recipe["frozen"] = frozen;
    try {
      run_training(folder(), recipe, "refused");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_data);
      return error.what();
    }
    return "";
  };
  EXPECT_NE(message({"vison_model."}).find("'vison_model.'"), std::string::npos);
  EXPECT_NE(message({""}).find("no parameter to train"), std::string::npos);
}

}  // namespace
}  // namespace sightline
