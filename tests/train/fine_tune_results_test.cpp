// Results of whole runs of fine_tune(): what is loaded to use them, and what a refused or failed
// run leaves.
#include <gtest/gtest.h>
#include <sightline/fine_tune.h>
#include <sightline/model.h>

#include "expect_error.h"
#include "train/fine_tune_runs.h"
#include "unit/train/tuning_data.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using testing::bytes_of;
using testing::start_model;
using testing::TemporaryFolder;

constexpr int kImages = 40;

const fs::path& data() {
  static const TemporaryFolder folder;
  static const bool written = [] {
    std::ofstream table(folder.path() / "metadata.jsonl");
    for (int i = 0; i < kImages; ++i) {
      const std::string name = "i" + std::to_string(i) + ".ppm";
      test::write_tuning_image(folder.path() / name, i);
      table << nlohmann::json{{"file_name", name}, {"text", "day " + std::to_string(i)}}.dump()
            << "\n";
    }
    return true;
  }();
  (void)written;
  return folder.path();
}

class FineTunedResult : public ::testing::Test {
 protected:
  FineTunedResult() {
    options_.model = start_model("emoji-vit-8");
    options_.dataset = data();
    options_.out = folder_.path() / "out";
    options_.settings.epochs = 1;
    options_.settings.batch_size = 16;
  }
  fs::path with_prompt(const fs::path& model) const {
    return model.string() + "+" + (options_.out / "adapter").string();
  }

  TemporaryFolder folder_;
  FineTuneOptions options_;
};

// The folder has no copy of the start, which would be taken for the result.
TEST_F(FineTunedResult, OfAPromptIsTheStartWithItsVectors) {
  options_.settings.method = FineTuneMethod::prompt;
  options_.settings.interpolate = false;
  const FineTuneResult result = fine_tune(options_);
  EXPECT_EQ(result.model, with_prompt(options_.model));
  EXPECT_FALSE(fs::exists(options_.out / "model.safetensors"));
  const Model tuned = Model::load(result.model);
  EXPECT_TRUE(tuned.info().warnings.empty());
  const Model other = Model::load(with_prompt(start_model("emoji-rn")));
  ASSERT_EQ(other.info().warnings.size(), 1u);
  EXPECT_NE(other.info().warnings[0].find("emoji-vit-8"), std::string::npos);
}

TEST_F(FineTunedResult, OfAPromptIsChosenOnValidation) {
  options_.settings.method = FineTuneMethod::prompt;
  const FineTuneResult result = fine_tune(options_);
  ASSERT_EQ(result.shares.size(), 2u);
  const bool better = result.shares[1].mrr > result.shares[0].mrr ||
                      (result.shares[1].mrr == result.shares[0].mrr &&
                       result.shares[1].value > result.shares[0].value);
  EXPECT_EQ(result.share, better ? 1 : 0);
  EXPECT_EQ(result.model, better ? with_prompt(options_.model) : options_.model);
  EXPECT_EQ(fs::exists(options_.out / "adapter"), better);
}

TEST_F(FineTunedResult, OfAPairHasNoPrompt) {
  options_.model = start_model("emoji-baseline");
  options_.settings.method = FineTuneMethod::prompt;
  test::expect_error(ErrorCode::unsupported, "the method prompt takes a model, found the pair",
                     [&] { fine_tune(options_); });
}

TEST_F(FineTunedResult, IsKeptWhenAnotherRunIsRefused) {
  options_.settings.method = FineTuneMethod::projections;
  options_.settings.patience = 1;
  options_.settings.epochs = 4;
  std::string events;
  fine_tune(options_, [&](const ProgressUpdate& update) { events += update.event + "\n"; });
  EXPECT_NE(events.find(" MRR 0."), std::string::npos) << events;
  if (events.find("stopped after") != std::string::npos) {
    EXPECT_NE(events.find("1 evaluation without a higher MRR than after"), std::string::npos);
  }
  const auto unchanged = [&](const std::string& text, ErrorCode code) {
    std::map<std::string, std::string> before;
    const char* names[] = {"splits.jsonl", "fine_tune_recipe.json", "fine_tune.json",
                           "model.safetensors", "training/checkpoint.safetensors"};
    for (const char* name : names) before[name] = bytes_of(options_.out / name);
    test::expect_error(code, text, [&] { fine_tune(options_); });
    for (const char* name : names) {
      EXPECT_FALSE(before[name].empty()) << name;
      EXPECT_EQ(bytes_of(options_.out / name), before[name]) << name;
    }
  };
  options_.max_pairs = 20;
  unchanged("belongs to another run", ErrorCode::invalid_argument);
  options_.max_pairs = 0;
  options_.settings.weight_decay = 0;
  unchanged("'optimizer.weight_decay' is 0.1 there and 0.0 here", ErrorCode::invalid_argument);
  options_.settings.weight_decay = 0.1;
  fs::resize_file(options_.out / "training/checkpoint.safetensors", 1000);
  unchanged("the checkpoint is damaged; start anew (--fresh)", ErrorCode::invalid_data);
}

// The parameters are finite, the merged weights are too large for the files' fp16.
TEST_F(FineTunedResult, StopsBeforeWeightsThatTheFilesCannotHold) {
  options_.settings.method = FineTuneMethod::lora;
  options_.settings.low_rank.alpha = 1e6;
  options_.settings.learning_rate = 10;
  options_.settings.warmup_share = 0;
  try {
    fine_tune(options_);
    FAIL() << "no error";
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("which their type F16 in"), std::string::npos) << text;
    EXPECT_NE(text.find("lower the learning rate"), std::string::npos) << text;
    EXPECT_EQ(text.find("same command"), std::string::npos) << text;
  }
  EXPECT_FALSE(fs::exists(options_.out / "model.safetensors"));
}

}  // namespace
}  // namespace sightline
