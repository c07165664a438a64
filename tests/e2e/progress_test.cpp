// Progress of long commands, on a terminal and without one.
#include <gtest/gtest.h>

#include "e2e/fixture.h"
#include "e2e/process.h"
#include "e2e/terminal.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

const std::string kModel = SIGHTLINE_SOURCE_DIR "/models/emoji-vit-8";

// Runs with a line of progress at every update.
Finished with_lines(const std::vector<std::string>& arguments) {
  ::setenv("SIGHTLINE_PROGRESS_INTERVAL", "1e-9", 1);
  const Finished done = sightline(arguments);
  ::unsetenv("SIGHTLINE_PROGRESS_INTERVAL");
  return done;
}

void expect_stages(const Finished& done, const std::vector<std::string>& stages) {
  EXPECT_EQ(done.exit_code, 0) << done.err;
  for (const std::string& stage : stages)
    EXPECT_NE(done.err.find("sightline: " + stage), std::string::npos) << stage << "\n" << done.err;
}

TEST(Progress, EveryStageOfACommandIsReported) {
  const fs::path folder = fresh_folder("stages");
  expect_stages(
      with_lines({"eval", "--dataset", small_dataset(), "--model", kModel, "--no-figures",
                  "--no-cache", "--bootstrap", "0", "--out", folder / "report"}),
      {"listing the images", "loading " + kModel, "images, emoji-vit-8: ", "writing the report"});
  expect_stages(with_lines({"encode", "--model", kModel, "--dataset", small_dataset(), "--out",
                            folder / "x.npy", "--quantize"}),
                {"listing the images", "loading " + kModel, "quantizing to int8"});
  expect_stages(with_lines({"search", "--vectors", folder / "x.npy", "--model", kModel, "--grid",
                            folder / "grid.png", "a red ball"}),
                {"reading the vectors", "loading " + kModel, "searching", "drawing the grid"});
  expect_stages(with_lines({"quantize", folder / "x.npy"}),
                {"reading the vectors", "quantizing to int8", "writing the quantized vectors"});
  expect_stages(with_lines({"models", kModel}), {"checking " + kModel});
  expect_stages(with_lines({"dataset", "info", small_dataset()}),
                {"listing the rows", "reading rows: 48 of 48 (100 %)"});
}

TEST(Progress, ShortCommandsSayNothingWithoutATerminal) {
  const Finished done = sightline({"dataset", "info", small_dataset()});
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_EQ(done.err, "");
}

TEST(Progress, OnATerminalEndsBeforeResultsAndMessages) {
  const OnTerminal info = on_terminal({"dataset", "info", small_dataset()});
  EXPECT_EQ(info.exit_code, 0) << info.shown;
  EXPECT_NE(info.shown.find("reading rows  48 of 48 (100 %)"), std::string::npos) << info.shown;
  const auto end = info.shown.find('\n', info.shown.find("48 of 48"));
  EXPECT_EQ(info.shown.substr(end + 1, small_dataset().string().size()), small_dataset().string());
}

class TrainingProgress : public ::testing::Test {
 protected:
  void SetUp() override { SIGHTLINE_NEEDS_TRAINING(); }
};

TEST_F(TrainingProgress, HasALinePerEpochAndSaysThatItResumes) {
  const fs::path recipe = write_small_recipe("progress-recipe", 4), out = fresh_folder("progress");
  const std::vector<std::string> call = {"train",         recipe,  "--dataset",
                                         small_dataset(), "--out", out};
  auto first = call;
  first.insert(first.end(), {"--stop-after", "2"});
  const Finished stopped = sightline(first);
  ASSERT_EQ(stopped.exit_code, 0) << stopped.err;
  EXPECT_NE(stopped.err.find("epoch 1 of 4: loss "), std::string::npos) << stopped.err;
  EXPECT_NE(stopped.err.find("epoch 2 of 4: loss "), std::string::npos) << stopped.err;
  EXPECT_NE(stopped.err.find("test R@1 "), std::string::npos) << stopped.err;
  EXPECT_NE(stopped.err.find(" rows/s, "), std::string::npos) << stopped.err;
  EXPECT_NE(stopped.err.find(" left\n"), std::string::npos) << stopped.err;
  EXPECT_EQ(stopped.err.find("resumes"), std::string::npos) << stopped.err;
  const Finished resumed = sightline(call);
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_NE(resumed.err.find("resumes at epoch 3 of 4 from '" +
                             (out / "checkpoint.safetensors").string() + "'"),
            std::string::npos)
      << resumed.err;
  EXPECT_EQ(resumed.err.find("epoch 2 of 4"), std::string::npos) << resumed.err;
  EXPECT_NE(resumed.out.find("Trained after 4 epochs (20 steps, 40 rows) in 0:"), std::string::npos)
      << resumed.out;
  const Finished again = sightline(call);
  EXPECT_NE(again.err.find("all 4 epochs are finished"), std::string::npos) << again.err;
}

TEST_F(TrainingProgress, KeepsEpochsOnATerminal) {
  const fs::path out = fresh_folder("progress-terminal");
  const OnTerminal done = on_terminal({"train", write_small_recipe("terminal-recipe", 2),
                                       "--dataset", small_dataset(), "--out", out});
  ASSERT_EQ(done.exit_code, 0) << done.shown;
  EXPECT_NE(done.shown.find("epoch 1 of 2: loss "), std::string::npos) << done.shown;
  EXPECT_NE(done.shown.find("epoch 2 of 2: loss "), std::string::npos) << done.shown;
}

}  // namespace
}  // namespace sightline::testing
