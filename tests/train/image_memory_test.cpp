// Training whose images are in memory, in a file, or in both.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "train/runs.h"

namespace sightline {
namespace {

using testing::bytes_of;
using testing::recipe_for;
using testing::run_training;
using testing::TemporaryFolder;
using testing::TrainingRun;

class ImageMemory : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { write_data(folder_); }

  TrainingRun train(const std::string& out, std::optional<int64_t> memory, int64_t stop = -1) {
    events_.clear();
    return run_training(folder_, recipe_for(GetParam()), out, stop, memory,
                        [&](const ProgressUpdate& update) {
                          if (!update.event.empty()) events_.push_back(update.event);
                          const auto entries = names(out);
                          seen_.insert(seen_.end(), entries.begin(), entries.end());
                        });
  }
  std::vector<std::string> names(const std::string& out) const {
    std::vector<std::string> names;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path() / out, ignored))
      names.push_back(entry.path().filename().string());
    return names;
  }
  bool reports_file() const {
    return std::ranges::any_of(events_, [](const std::string& event) {
      return event.find("--image-memory") != std::string::npos;
    });
  }
  static void expect_equal(const TrainingRun& a, const TrainingRun& b) {
    EXPECT_EQ(a.log, b.log);
    const std::string model = "image/model.safetensors";
    const std::string file = exists(a.out / model) ? model : "model.safetensors";
    EXPECT_FALSE(bytes_of(a.out / file).empty());
    EXPECT_EQ(bytes_of(a.out / file), bytes_of(b.out / file));
  }

  TemporaryFolder folder_;
  std::vector<std::string> events_, seen_;
};

TEST_P(ImageMemory, DoesNotChangeTheWeights) {
  const TrainingRun memory = train("memory", {});
  EXPECT_FALSE(reports_file());
  const TrainingRun file = train("file", 0);
  EXPECT_TRUE(reports_file());
  expect_equal(memory, file);
  const TrainingRun both = train("both", 20000);
  EXPECT_TRUE(reports_file());
  expect_equal(memory, both);
  // The file of images has no name while the run reads it.
  EXPECT_TRUE(std::ranges::none_of(
      seen_, [](const std::string& name) { return name.starts_with("images"); }));
}

TEST_P(ImageMemory, MayDifferInARunThatResumes) {
  const TrainingRun whole = train("whole", {});
  train("stopped", 0, 3);
  expect_equal(whole, train("stopped", 20000));
  train("stopped2", {}, 3);
  expect_equal(whole, train("stopped2", 0));
}

INSTANTIATE_TEST_SUITE_P(Kinds, ImageMemory, ::testing::Values("vit", "resnet", "pair"),
                         [](const auto& kind) { return std::string(kind.param); });

}  // namespace
}  // namespace sightline
