// Trials of the tuner that train with libtorch: a method wins, a trial that was interrupted resumes
// after its last epoch, and a repeat gives the same figures.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/fine_tune_runner.h>

#include "base/file.h"
#include "train/fine_tune_runs.h"
#include "unit/train/tuning_data.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

TuningPlan plan_in(const fs::path& data) {
  return parse_tuning_plan(
      test::tuning_plan_text(data, R"({"method": ["none", "lora", "projections"],
        "learning_rate": {"choices": [1e-9, 3e-3], "when": {"method": ["lora", "projections"]}},
        "last_layers": {"choices": [0, 1], "when": {"method": ["lora"]}}})",
                             R"(, "budget": {"trials": 4}, "search": {"least_share": 0.3})"),
      "plan");
}

// Stops in the second epoch of each training that begins with the first one; counts those that
// begin with a later one.
class Interruptions {
 public:
  void operator()(const ProgressUpdate& update) {
    const size_t at = update.note.find("; training, epoch ");
    if (at == update.note.npos) {
      if (!update.note.ends_with("; training")) last_ = 0;  // not between two epochs
      return;
    }
    const int epoch = std::stoi(update.note.substr(at + 18));
    if (last_ == 0) first_ = epoch;
    if (last_ == 0 && epoch > 1) ++resumed;
    last_ = epoch;
    if (first_ == 1 && epoch == 2) throw Error(ErrorCode::cancelled, "stop");
  }
  int resumed = 0;

 private:
  int last_ = 0, first_ = 0;
};

TEST(TunedTrials, AMethodWinsAndInterruptedTrialsResume) {
  const fs::path& folder = testing::folder().path();
  test::write_tuning_data(folder / "tuning-data");
  const TuningPlan plan = plan_in(folder / "tuning-data");
  const fs::path once = folder / "tuned-once", cut = folder / "tuned-cut";
  const TuningResult result = tune(plan, *fine_tune_runner(plan, {}), {.out = once});
  ASSERT_GT(result.winner, 0);
  EXPECT_EQ(result.verdict(), "better");
  const Trial& winner = result.trials[static_cast<size_t>(result.winner)];
  EXPECT_NE(winner.configuration.find("0.003"), std::string::npos) << winner.configuration;
  EXPECT_GT(winner.evaluations.back().training_seconds, 0);
  EXPECT_FALSE(fs::exists(once / "model" / "training"));

  Interruptions interruptions;
  int attempts = 0;
  for (bool done = false; !done && attempts < 30; ++attempts) {
    try {
      tune(plan, *fine_tune_runner(plan, {}),
           {.out = cut, .progress = [&](const ProgressUpdate& u) { interruptions(u); }});
      done = true;
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ErrorCode::cancelled) << error.what();
    }
  }
  EXPECT_GT(attempts, 3);
  EXPECT_GE(interruptions.resumed, attempts - 1);
  for (const char* file : {"results.json", "trials.jsonl", "best.json", "model/model.safetensors"})
    EXPECT_EQ(read_text_file(cut / file), read_text_file(once / file)) << file;

  const auto runner = fine_tune_runner(plan, {});
  const RepeatedTrial repeated = repeat_last_evaluation(plan, *runner, once, result.winner);
  EXPECT_EQ(repeated.recorded, repeated.repeated);
}

}  // namespace
}  // namespace sightline
