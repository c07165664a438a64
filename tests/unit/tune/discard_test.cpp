// Trials that keep files: which ones are discarded, and the cost of their training.
#include <gtest/gtest.h>

#include <set>

#include "base/file.h"
#include "synthetic_runner.h"

namespace sightline {
namespace {

// Records which trials of share 1 have files.
class KeepingRunner : public test::SyntheticRunner {
 public:
  TrialScores run(const TrialRequest& request) override {
    if (request.share == 1) kept.insert(request.trial);
    most_kept = std::max(most_kept, kept.size());
    TrialScores scores = SyntheticRunner::run(request);
    scores.training_seconds = nlohmann::json::parse(request.configuration).value("y", 0.0);
    return scores;
  }
  void discard(const TrialRequest& request) override {
    EXPECT_EQ(request.share, 1);
    EXPECT_EQ(kept.erase(request.trial), 1u) << request.trial;
  }
  std::string usable_configuration(const TrialRequest& request) override {
    EXPECT_TRUE(kept.contains(request.trial));
    return SyntheticRunner::usable_configuration(request);
  }
  std::set<int64_t> kept;
  size_t most_kept = 0;
};

TEST(TuneDiscards, AllButTheDefaultAndTheWinner) {
  for (const char* method : {"successive_halving", "hyperband", "random"}) {
    KeepingRunner runner;
    const TuningPlan plan = test::synthetic_plan(
        std::string(R"(, "budget": {"trials": 20}, "search": {"method": ")") + method + "\"}");
    const TuningResult result = tune(plan, runner, {.out = test::tuning_folder("discards")});
    EXPECT_GT(result.winner, 0) << method;
    EXPECT_EQ(runner.kept, (std::set<int64_t>{0, result.winner})) << method;
    EXPECT_LE(runner.most_kept, 3u) << method;
  }
}

TEST(TuneDiscards, TrialsThatEqualTheDefault) {
  KeepingRunner runner;
  TuningPlan plan = test::synthetic_plan(R"(, "budget": {"trials": 2},
      "search": {"method": "random"})");
  plan.parameters.erase(plan.parameters.begin() + 1, plan.parameters.end());
  plan.parameters.front() = {};  // a key without effect
  plan.parameters.front().name = "a";
  plan.parameters.front().choices = {"1", "2"};
  plan.defaults = R"({"precision":"fp32","x":0.9,"y":1000})";
  const TuningResult result = tune(plan, runner, {.out = test::tuning_folder("equal")});
  EXPECT_EQ(result.winner, 0);
  EXPECT_EQ(runner.kept, std::set<int64_t>{0});
}

TEST(TuneDiscards, SecondsOfTrainingCountWhereTheyAreNamed) {
  KeepingRunner runner;
  const TuningPlan plan = test::synthetic_plan(
      R"(, "budget": {"trials": 15}, "search": {"method": "random"},
          "objective": {"metric": "recall@1", "most_training_seconds": 1500,
                        "per_training_second": 1})");
  const auto folder = test::tuning_folder("seconds");
  const TuningResult result = tune(plan, runner, {.out = folder});
  const auto y = [](const std::string& c) { return nlohmann::json::parse(c)["y"].get<double>(); };
  for (const Trial& t : result.trials) EXPECT_LE(y(result.best), y(t.configuration));
  EXPECT_NE(read_text_file(folder / "timings.jsonl").find("\"training_seconds\""),
            std::string::npos);
  EXPECT_EQ(read_text_file(folder / "results.json").find("seconds"), std::string::npos);
}

}  // namespace
}  // namespace sightline
