// Whole runs with a synthetic runner: the planted optimum, resuming, repeating, failures.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <set>

#include "base/file.h"
#include "expect_error.h"
#include "synthetic_runner.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using test::SyntheticRunner;

std::string plan_text(int trials, const std::string& method, int seed,
                      const std::string& more = "") {
  return R"(, "budget": {"trials": )" + std::to_string(trials) + R"(}, "search": {"method": ")" +
         method + R"("}, "seed": )" + std::to_string(seed) + more;
}

// The files whose bytes must not depend on times or interruptions.
std::map<std::string, std::string> files_of(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().lexically_relative(folder).string();
    if (!entry.is_regular_file() || name == "timings.jsonl" || name == "tune.lock") continue;
    files[name] = read_text_file(entry.path());
  }
  return files;
}

double true_quality(const TuningResult& result) {
  return SyntheticRunner::quality_of(
      nlohmann::json::parse(result.trials[static_cast<size_t>(result.winner)].configuration));
}

TEST(Tune, FindsThePlantedOptimumAndSavesWork) {
  double halving = 0, random = 0;
  int64_t halving_rows = 0, random_rows = 0;
  constexpr int kSeeds = 6;
  for (int seed = 1; seed <= kSeeds; ++seed) {
    for (const bool halve : {true, false}) {
      SyntheticRunner runner;
      int64_t& rows = halve ? halving_rows : random_rows;
      runner.on_run = [&](const TrialRequest& r) {
        if (r.side == TuningSide::selection) rows += std::llround(r.share * SyntheticRunner::kRows);
      };
      // About the same work: random search evaluates each trial on all data.
      const TuningPlan plan = test::synthetic_plan(halve ? plan_text(54, "successive_halving", seed)
                                                         : plan_text(18, "random", seed));
      const TuningResult result = tune(plan, runner, {.out = test::tuning_folder("planted")});
      (halve ? halving : random) += true_quality(result) / kSeeds;
      if (!halve) continue;
      const auto c = nlohmann::json::parse(result.best);
      EXPECT_EQ(c["precision"], "bf16") << seed;
      EXPECT_GT(true_quality(result), 0.7) << seed << " " << result.best;
      EXPECT_EQ(result.verdict(), "better") << seed;
      EXPECT_LT(result.selection_default, 0.2);
    }
  }
  EXPECT_LE(halving_rows, random_rows * 1.1);
  EXPECT_GT(halving, random);
  EXPECT_GT(halving, 0.74);  // of at most 0.8
}

TEST(Tune, TheDefaultWinsWhereItIsBest) {
  SyntheticRunner runner;
  TuningPlan plan = test::synthetic_plan(plan_text(12, "random", 1));
  plan.defaults = R"({"precision":"bf16","x":0.3,"y":10})";
  const TuningResult result = tune(plan, runner, {.out = test::tuning_folder("default")});
  EXPECT_EQ(result.winner, 0);
  EXPECT_EQ(result.verdict(), "default");
  EXPECT_EQ(result.report_gain.value, 0);
}

TEST(Tune, RepeatsToTheSameBytesAndContinuesAfterCancelling) {
  const TuningPlan plan = test::synthetic_plan(plan_text(20, "hyperband", 3));
  const fs::path once = test::tuning_folder("once"), cut = test::tuning_folder("cut");
  SyntheticRunner runner;
  tune(plan, runner, {.out = once});
  const int all = runner.runs;
  tune(plan, runner, {.out = once});
  EXPECT_EQ(runner.runs, all);  // everything was in the log
  int attempts = 0;
  for (bool done = false; !done; ++attempts) {
    SyntheticRunner interrupted;
    interrupted.on_run = [&](const TrialRequest&) {
      if (interrupted.runs == 4) throw Error(ErrorCode::cancelled, "stop");
    };
    try {
      tune(plan, interrupted, {.out = cut});
      done = true;
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ErrorCode::cancelled);
    }
  }
  EXPECT_GT(attempts, 5);
  EXPECT_EQ(files_of(cut), files_of(once));
}

TuningPlan killed_plan() {
  return test::synthetic_plan(plan_text(16, "successive_halving", 2));
}

// Run by ContinuesAfterBeingKilled in a process of its own, which kills itself in its third
// evaluation or later.
TEST(Tune, DISABLED_RunThatIsKilled) {
  const char* folder = std::getenv("SIGHTLINE_TUNE_FOLDER");
  const char* runs = std::getenv("SIGHTLINE_TUNE_RUNS");
  ASSERT_TRUE(folder != nullptr && runs != nullptr);
  SyntheticRunner runner;
  runner.on_run = [&](const TrialRequest&) {
    if (runner.runs > std::atoi(runs)) ::kill(::getpid(), SIGKILL);
  };
  tune(killed_plan(), runner, {.out = folder});
}

// Some kills also leave an incomplete last line.
TEST(Tune, ContinuesAfterBeingKilled) {
  const fs::path once = test::tuning_folder("once"), killed = test::tuning_folder("killed");
  SyntheticRunner runner;
  tune(killed_plan(), runner, {.out = once});
  const std::string self = fs::read_symlink("/proc/self/exe").string();
  int kills = 0;
  bool done = false;
  for (int i = 0; i < 100 && !done; ++i) {
    const std::string command =
        "SIGHTLINE_TUNE_FOLDER='" + killed.string() +
        "' SIGHTLINE_TUNE_RUNS=" + std::to_string(2 + i % 3) + " exec '" + self +
        "' --gtest_also_run_disabled_tests --gtest_filter=Tune.DISABLED_RunThatIsKilled >/dev/null";
    const int status = std::system(command.c_str());
    done = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (done) break;
    ASSERT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 128 + SIGKILL) << status;
    ++kills;
    for (const char* name : {"trials.jsonl", "timings.jsonl"}) {
      std::error_code ignored;
      const auto size = fs::file_size(killed / name, ignored);
      if (!ignored && i % 2 == 1) fs::resize_file(killed / name, size - 7);
    }
  }
  EXPECT_TRUE(done);
  EXPECT_GE(kills, 5);
  EXPECT_EQ(files_of(killed), files_of(once));
}

TEST(Tune, RefusesTheFolderOfAnotherPlanOrOtherData) {
  const fs::path folder = test::tuning_folder("other");
  SyntheticRunner runner;
  tune(test::synthetic_plan(plan_text(3, "random", 1)), runner, {.out = folder});
  const TuningPlan other = test::synthetic_plan(plan_text(3, "random", 2));
  test::expect_error(ErrorCode::invalid_argument, "another plan",
                     [&] { tune(other, runner, {.out = folder}); });
  tune(other, runner, {.out = folder, .fresh = true});
  runner.fingerprint_ = "changed";
  test::expect_error(ErrorCode::invalid_argument, "have changed",
                     [&] { tune(other, runner, {.out = folder}); });
}

TEST(Tune, FailedTrialsAreLoggedAndNeverChosen) {
  SyntheticRunner runner;
  runner.on_run = [](const TrialRequest& r) {
    const auto c = nlohmann::json::parse(r.configuration);
    if (c["precision"] == "bf16") throw Error(ErrorCode::unsupported, "no bf16 here");
  };
  const TuningResult result = tune(test::synthetic_plan(plan_text(20, "successive_halving", 1)),
                                   runner, {.out = test::tuning_folder("failed")});
  const auto& winner = result.trials[static_cast<size_t>(result.winner)];
  EXPECT_EQ(winner.configuration.find("bf16"), std::string::npos);
  int failed = 0;
  for (const Trial& t : result.trials)
    for (const TrialEvaluation& e : t.evaluations) failed += e.error == "no bf16 here" ? 1 : 0;
  EXPECT_GT(failed, 3);
  runner.on_run = [](const TrialRequest&) { throw Error(ErrorCode::unsupported, "nothing runs"); };
  test::expect_error(ErrorCode::invalid_data, "nothing runs", [&] {
    tune(test::synthetic_plan(), runner, {.out = test::tuning_folder("nothing")});
  });
}

TEST(Tune, LimitsAndWeightsOfCostAreKept) {
  SyntheticRunner runner;
  const std::string objective = R"(, "objective": {"metric": "recall@1", "most_megabytes": 3})";
  TuningPlan plan = test::synthetic_plan(plan_text(12, "random", 1, objective));
  test::expect_error(ErrorCode::invalid_data, "beyond a limit",
                     [&] { tune(plan, runner, {.out = test::tuning_folder("limit")}); });
  plan.defaults = R"({"precision":"int8","x":0.9,"y":1000})";
  const TuningResult limited = tune(plan, runner, {.out = test::tuning_folder("limit")});
  EXPECT_EQ(limited.best.find("fp32"), std::string::npos);
  // A millisecond costs more than any gain: the smallest x wins.
  const std::string slow = R"(, "objective": {"metric": "recall@1", "per_millisecond": 10})";
  plan = test::synthetic_plan(plan_text(12, "random", 1, slow));
  const fs::path folder = test::tuning_folder("slow"), again = test::tuning_folder("slow-again");
  const TuningResult cheap = tune(plan, runner, {.out = folder});
  const double x = nlohmann::json::parse(cheap.best)["x"];
  for (const Trial& t : cheap.trials)
    EXPECT_LE(x, nlohmann::json::parse(t.configuration)["x"].get<double>());
  tune(plan, runner, {.out = again, .timings = folder / "timings.jsonl"});
  EXPECT_EQ(files_of(folder), files_of(again));
}

TEST(Tune, ChecksAllConfigurationsBeforeTheFirstTrial) {
  SyntheticRunner runner;
  TuningPlan plan = test::synthetic_plan(plan_text(12, "random", 1));
  for (TuningParameter& p : plan.parameters)
    if (p.name == "precision") p.choices.back() = "\"int4\"";
  test::expect_error(ErrorCode::invalid_argument, "int4",
                     [&] { tune(plan, runner, {.out = test::tuning_folder("int4")}); });
  EXPECT_EQ(runner.runs, 0);
}

TEST(Tune, StopsWhenTheTimeIsOver) {
  SyntheticRunner runner;
  TuningPlan plan = test::synthetic_plan(plan_text(40, "successive_halving", 1));
  plan.minutes = 0.2 / 60;
  runner.on_run = [](const TrialRequest&) { ::usleep(20000); };
  const TuningResult result = tune(plan, runner, {.out = test::tuning_folder("time")});
  EXPECT_TRUE(result.out_of_time);
  EXPECT_LT(runner.runs, 30);
  EXPECT_NE(result.winner, 0);  // the best trial so far was evaluated on all data
}

}  // namespace
}  // namespace sightline
