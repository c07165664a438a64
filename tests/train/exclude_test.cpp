// Training that leaves out the subjects which another data set holds out.
#include <gtest/gtest.h>

#include "expect_error.h"
#include "train/runs.h"

namespace sightline {
namespace {

using nlohmann::json;
using testing::recipe_for;
using testing::run_training;
using testing::TemporaryFolder;
using testing::TrainingRun;

TEST(ExcludeSubjects, AreLeftOutAndCountedInTheLog) {
  const TemporaryFolder folder;
  write_data(folder);
  folder.write("other/a.bmp", "");
  folder.write("other/b.bmp", "");
  folder.write("other/metadata.jsonl",
               R"({"file_name": "a.bmp", "text": "green balls", "split": "novel"})"
               "\n"
               R"({"file_name": "b.bmp", "text": "sun", "split": "train"})"
               "\n");
  json recipe = recipe_for("bert");
  recipe["exclude_subjects"] = {
      {{"dataset", (folder.path() / "other").string()}, {"split", "novel"}}};
  // Of 40 rows, every fourth of 24 and of the next 16 begins a new thing, first "ball".
  constexpr int kBalls = 8;
  const TrainingRun whole = run_training(folder, recipe, "whole");
  EXPECT_EQ(whole.result.excluded, kBalls);
  EXPECT_EQ(whole.result.images, testing::kTrainRows - kBalls);
  ASSERT_FALSE(whole.log.empty());
  EXPECT_EQ(whole.log[0]["rows"], testing::kTrainRows - kBalls);
  EXPECT_EQ(whole.log[0]["excluded_rows"], kBalls);
  run_training(folder, recipe, "resumed", 2);
  EXPECT_EQ(run_training(folder, recipe, "resumed").log, whole.log);
}

TEST(ExcludeSubjects, AMisspelledSplitIsNamedBeforeImagesAreRead) {
  const TemporaryFolder folder;
  write_data(folder);
  folder.write("other/a.bmp", "");
  folder.write("other/metadata.jsonl",
               R"({"file_name": "a.bmp", "text": "green balls", "split": "novel"})"
               "\n");
  json recipe = recipe_for("bert");
  recipe["exclude_subjects"] = {
      {{"dataset", (folder.path() / "other").string()}, {"split", "novl"}}};
  int64_t rows = 0;
  const auto count = [&](const ProgressUpdate& update) { rows += update.stage != ""; };
  test::expect_error(ErrorCode::not_found, "the recipe's 'exclude_subjects' cannot be read: '",
                     [&] { run_training(folder, recipe, "out", -1, {}, count); });
  EXPECT_EQ(rows, 0);
}

}  // namespace
}  // namespace sightline
