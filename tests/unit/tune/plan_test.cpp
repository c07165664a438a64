// Plans: what is read, and what is refused.
#include <gtest/gtest.h>
#include <sightline/tune.h>

#include <set>

#include "expect_error.h"
#include "synthetic_runner.h"

namespace sightline {
namespace {

void refuses(const std::string& text, const std::string& part) {
  test::expect_error(ErrorCode::invalid_data, part, [&] { parse_tuning_plan(text, "p.json"); });
}

std::string plan_with(const std::string& more) {
  return R"({"dataset": "d", "default": {}, "vary": {"a": [1, 2]})" + more + "}";
}

TEST(TuningPlan, ReadsEveryKey) {
  const TuningPlan plan = parse_tuning_plan(
      R"({"about": "x", "datasets": ["a", {"path": "b", "text_columns": ["t"], "max_captions": 2}],
          "splits": {"selection": ["train"], "report": "test", "report_share": 0.5},
          "default": {"m": "lora"},
          "vary": {"rank": {"type": "integer", "from": 1, "to": 64, "scale": "log",
                            "when": {"m": ["lora"]}},
                   "m": ["full", "lora"], "x": {"choices": [null, [1]]}},
          "objective": {"metric": "ndcg@7", "relevance": "caption_equivalent",
                        "per_millisecond": 0.1, "per_megabyte": 0.2, "most_milliseconds": 5,
                        "most_megabytes": 6},
          "search": {"method": "hyperband", "sobol_share": 0.5, "eta": 2, "least_share": 0.2},
          "budget": {"trials": 9, "minutes": 3.5}, "images": 1000,
          "statistics": {"resamples": 500, "confidence": 0.9, "permutations": 600}, "seed": 4})",
      "p.json");
  ASSERT_EQ(plan.data.datasets.size(), 2u);
  EXPECT_EQ(plan.data.datasets[1].options.max_captions, 2);
  EXPECT_EQ(plan.data.selection, std::vector<std::string>{"train"});
  EXPECT_EQ(plan.data.report, std::vector<std::string>{"test"});
  ASSERT_EQ(plan.parameters.size(), 3u);
  EXPECT_EQ(plan.parameters[0].name, "m");  // before the parameter that depends on it
  EXPECT_EQ(plan.parameters[1].name, "rank");
  EXPECT_EQ(plan.parameters[1].when_values, std::vector<std::string>{"\"lora\""});
  EXPECT_TRUE(plan.parameters[1].logarithmic);
  EXPECT_EQ(plan.objective.name(), "nDCG@7");
  EXPECT_TRUE(plan.objective.uses_times());
  EXPECT_EQ(plan.method, TuningMethod::hyperband);
  EXPECT_EQ(plan.trials, 9);
  EXPECT_EQ(plan.images, 1000);
  EXPECT_EQ(plan.statistics.seed, 4u);
}

TEST(TuningPlan, RefusesWrongKeysAndValues) {
  refuses("[]", "is not a JSON object");
  refuses(plan_with(R"(, "sede": 1)"), "unknown key 'sede'; did you mean 'seed'?");
  refuses(R"({"default": {}, "vary": {"a": [1, 2]}})", "neither 'dataset' and 'datasets'");
  refuses(R"({"dataset": "d", "vary": {"a": [1, 2]}})", "no 'default'");
  refuses(R"({"dataset": "d", "default": {}})", "no 'vary'");
  refuses(R"({"dataset": "d", "default": {}, "vary": {"a": [1]}})", "list of 2 to 64 values");
  refuses(R"({"dataset": "d", "default": {}, "vary": {"a": [1, 1]}})", "twice");
  refuses(R"({"dataset": "d", "default": {}, "vary": {"a": [1, 2], "a": [3, 4]}})",
          "has the key \"a\" twice in one object");
  refuses(R"({"dataset": "d", "default": {}, "vary": {"a": {"from": 2, "to": 1}}})",
          "a number above 'from'");
  refuses(R"({"dataset": "d", "default": {}, "vary": {"a": {"from": 0, "to": 1, "scale": "log"}}})",
          "'from' is 0");
  refuses(R"({"dataset": "d", "default": {}, "vary": {"a": {"from": 0, "to": 1, "typ": 1}}})",
          "unknown key 'typ'");
  refuses(
      R"({"dataset": "d", "default": {}, "vary": {"a": {"choices": [1, 2], "when": {"b": 1}}}})",
      "names 'b', which does not vary");
  refuses(R"({"dataset": "d", "default": {},
              "vary": {"a": {"choices": [1, 2], "when": {"b": 3}}, "b": [1, 2]}})",
          "'b' to be 3, which is none of its choices");
  refuses(R"({"dataset": "d", "default": {},
              "vary": {"a": {"choices": [1, 2], "when": {"b": 1}},
                       "b": {"choices": [1, 2], "when": {"a": 1}}}})",
          "cycle");
  refuses(plan_with(R"(, "objective": {"metric": "recall"})"), "recall@K");
  refuses(plan_with(R"(, "objective": {"metric": "recall@0"})"), "recall@K");
  refuses(plan_with(R"(, "budget": {"trials": 0})"), "'trials' is 0");
  refuses(plan_with(R"(, "splits": {"selection": "a", "report": ["a"]})"), "must not report");
}

TEST(TuningPlan, ProposesEveryConfigurationOnce) {
  const auto trials = propose_trials(test::synthetic_plan(R"(, "budget": {"trials": 40})"));
  ASSERT_EQ(trials.size(), 41u);
  EXPECT_EQ(trials[0].origin, TrialOrigin::defaults);
  EXPECT_EQ(trials[30].origin, TrialOrigin::sobol);
  EXPECT_EQ(trials[31].origin, TrialOrigin::random);
  std::set<std::string> known;
  for (const Trial& trial : trials) {
    const auto c = nlohmann::json::parse(trial.configuration);
    EXPECT_GE(c["x"], 0);
    EXPECT_LE(c["x"], 1);
    EXPECT_TRUE(c["y"].is_number_integer());
    EXPECT_GE(c["y"], 1);
    EXPECT_LE(c["y"], 10000);
    known.insert(trial.configuration);
  }
  EXPECT_EQ(known.size(), 41u);
  const auto few = parse_tuning_plan(plan_with(R"(, "budget": {"trials": 40})"), "p");
  EXPECT_EQ(propose_trials(few).size(), 3u);  // {} and two values
}

TEST(TuningPlan, InactiveParametersKeepTheirDefault) {
  const auto plan = parse_tuning_plan(
      R"({"dataset": "d", "default": {"m": "full", "rank": -1},
          "vary": {"m": ["full", "lora"],
                   "rank": {"type": "integer", "from": 1, "to": 64, "when": {"m": "lora"}}},
          "budget": {"trials": 20}})",
      "p");
  int active = 0;
  for (const Trial& trial : propose_trials(plan)) {
    const auto c = nlohmann::json::parse(trial.configuration);
    active += c["m"] == "lora" ? 1 : 0;
    EXPECT_EQ(c["rank"] == -1, c["m"] == "full") << trial.configuration;
  }
  EXPECT_GT(active, 5);
}

}  // namespace
}  // namespace sightline
