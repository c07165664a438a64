// Early stopping keeps the weights of the best evaluation.
#include <gtest/gtest.h>
#include <sightline/error.h>

#include <algorithm>
#include <vector>

#include "train/runs.h"

namespace sightline {
namespace {

using nlohmann::json;
using testing::bytes_of;
using testing::recipe_for;
using testing::run_training;
using testing::TemporaryFolder;
using testing::TrainingRun;

constexpr int64_t kPatience = 2, kMostEpochs = 60;

json patient_recipe() {
  json recipe = recipe_for("vit");
  recipe["epochs"] = kMostEpochs;
  recipe["evaluate_every_epochs"] = 1;
  recipe["patience"] = kPatience;
  return recipe;
}

// MRR by epoch, from the log.
std::vector<double> figures(const TrainingRun& run) {
  std::vector<double> values;
  for (const json& line : run.log) {
    if (line.contains("recall")) values.push_back(line["recall"].front()["MRR"]);
  }
  return values;
}

TEST(EarlyStopping, EndsAfterEvaluationsWithoutABetterOne) {
  const TemporaryFolder folder;
  testing::write_data(folder);
  const TrainingRun run = run_training(folder, patient_recipe(), "run");
  const std::vector<double> mrr = figures(run);
  ASSERT_EQ(static_cast<int64_t>(mrr.size()), run.result.epochs + 1);  // the first before training
  EXPECT_TRUE(run.result.complete);
  ASSERT_LT(run.result.epochs, kMostEpochs);
  const auto best = std::ranges::max_element(mrr) - mrr.begin();
  EXPECT_EQ(run.result.best_epoch, best);
  EXPECT_EQ(run.result.epochs, best + kPatience);
  EXPECT_TRUE(std::filesystem::exists(run.out / "model.safetensors"));
}

TEST(EarlyStopping, ResumesToTheSameModel) {
  const TemporaryFolder folder;
  testing::write_data(folder);
  const TrainingRun whole = run_training(folder, patient_recipe(), "whole");
  for (const int64_t stop : {int64_t{1}, whole.result.best_epoch + 1, whole.result.epochs})
    run_training(folder, patient_recipe(), "parts", stop);
  const TrainingRun parts = run_training(folder, patient_recipe(), "parts");
  EXPECT_EQ(parts.result.best_epoch, whole.result.best_epoch);
  EXPECT_EQ(bytes_of(parts.out / "model.safetensors"), bytes_of(whole.out / "model.safetensors"));
  EXPECT_EQ(parts.log, whole.log);
}

TEST(EarlyStopping, NeedsRowsToEvaluate) {
  const TemporaryFolder folder;
  testing::write_data(folder);
  json recipe = patient_recipe();
  recipe.erase("evaluate_splits");
  EXPECT_THROW(run_training(folder, recipe, "run"), Error);
}

}  // namespace
}  // namespace sightline
