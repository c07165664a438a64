// Trials that fine-tune: settings, the division of the data, and runs with the adapter, which needs
// no libtorch.
#include <gtest/gtest.h>
#include <sightline/fine_tune_runner.h>

#include <algorithm>
#include <set>

#include "base/file.h"
#include "expect_error.h"
#include "train/tuning/training_parts.h"
#include "train/tuning/trial_models.h"
#include "train/tuning/trial_settings.h"
#include "unit/train/tuning_data.h"
#include "unit/tune/synthetic_runner.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

TEST(TrialSettings, KeysOfTrainingAndOfRetrievalAreReadApart) {
  const TrialSettings s = parse_trial_settings(
      R"({"model": "m", "method": "lora", "rank": 4, "learning_rate": 0.01, "last_layers": 2,
          "towers": "image", "precision": "int8", "templates": ["a {}"]})");
  ASSERT_TRUE(s.training);
  EXPECT_EQ(s.training->method, FineTuneMethod::lora);
  EXPECT_EQ(s.training->low_rank.rank, 4);
  EXPECT_EQ(s.training->low_rank.last_layers, 2);
  EXPECT_FALSE(s.training->low_rank.text_tower);
  EXPECT_EQ(s.training->learning_rate, 0.01);
  EXPECT_EQ(s.retrieval.precision, Precision::int8);
  EXPECT_EQ(json::parse(with_model(R"({"model": "m", "epochs": 3, "precision": "int8"})", "./x")),
            json::parse(R"({"model": "./x", "precision": "int8"})"));
}

TEST(TrialSettings, EqualTrainingsHaveEqualKeys) {
  const auto key = [](const std::string& more) {
    return parse_trial_settings(R"({"model": "m", )" + more + "}").training_key;
  };
  EXPECT_EQ(key(R"("method": "adapter", "rank": 4)"), key(R"("method": "adapter", "rank": 8)"));
  EXPECT_EQ(key(R"("method": "lora", "precision": "int8")"), key(R"("method": "lora")"));
  EXPECT_NE(key(R"("method": "lora", "rank": 4)"), key(R"("method": "lora", "rank": 8)"));
  EXPECT_NE(key(R"("method": "adapter", "epochs": 4)"), key(R"("method": "adapter")"));
  EXPECT_NE(key(R"("method": "full")"), key(R"("method": "projections")"));
  EXPECT_EQ(key(R"("method": "none", "epochs": 4)"), "");
  EXPECT_EQ(key(R"("epochs": 4)"), "");
}

TEST(TrialSettings, WrongValuesAreRefused) {
  const auto refuses = [](const std::string& more, const std::string& part) {
    test::expect_error(ErrorCode::invalid_data, part,
                       [&] { parse_trial_settings(R"({"model": "m", )" + more + "}"); });
  };
  refuses(R"("method": "lorra")", "'lorra' is not a method");
  refuses(R"("method": "lora", "rank": 0)", "'rank' is 0, expected a whole number from 1");
  refuses(R"("method": "lora", "towers": "both towers")", "\"image\", \"text\" or \"both\"");
  refuses(R"("method": "full", "lerning_rate": 1)", "unknown key 'lerning_rate'");
  test::expect_error(ErrorCode::invalid_argument, "has no 'model'",
                     [] { parse_trial_settings(R"({"method": "lora"})"); });
}

class FineTuneRunnerTest : public ::testing::Test {
 protected:
  FineTuneRunnerTest() : folder_(test::tuning_folder("fine-tune")), data_(folder_ / "data") {
    test::write_tuning_data(data_);
  }

  TuningPlan plan(const std::string& vary = kAdapters, const std::string& more = kHalving) const {
    return parse_tuning_plan(test::tuning_plan_text(data_, vary, more), "plan");
  }
  static std::unique_ptr<TrialRunner> runner_of(const TuningPlan& plan) {
    EXPECT_TRUE(plan_trains(plan));
    return fine_tune_runner(plan, {});
  }
  static json results_of(const fs::path& out) {
    return json::parse(read_text_file(out / "results.json"));
  }

  static constexpr const char* kAdapters =
      R"({"method": ["none", "adapter"],
          "learning_rate": {"from": 1e-6, "to": 1e-2, "scale": "log", "when": {"method": "adapter"}},
          "label_smoothing": {"choices": [0, 0.2], "when": {"method": "adapter"}}})";
  static constexpr const char* kHalving =
      R"(, "search": {"least_share": 0.3}, "budget": {"trials": 5})";

  fs::path folder_, data_;
};

TEST_F(FineTuneRunnerTest, PartsAreDisjointAndSmallerSharesAreContained) {
  const TuningPlan p = plan();
  TrialData data(p, {}, std::vector{parse_trial_settings(p.defaults).retrieval});
  TrainingParts parts(data, p.data);
  const SelectionDivision& d = parts.division();
  std::set<int64_t> all(d.choice.begin(), d.choice.end());
  all.insert(d.validation.begin(), d.validation.end());
  all.insert(d.training.begin(), d.training.end());
  EXPECT_EQ(all.size(), data.split().selection.size());
  EXPECT_EQ(d.choice.size() + d.validation.size() + d.training.size(), all.size());
  for (const int64_t i : data.split().report) EXPECT_FALSE(all.contains(i)) << i;
  EXPECT_NEAR(static_cast<double>(d.choice.size()), 0.25 * static_cast<double>(all.size()), 3);
  EXPECT_NEAR(static_cast<double>(d.validation.size()), 0.15 * static_cast<double>(all.size()), 3);

  const std::string start = data.located(parse_trial_settings(p.defaults).retrieval.model);
  const auto digests = [&](double share) {
    std::set<Digest> out;
    for (const PlannedImage& image : parts.parts_of(share, start, {}).plan.images)
      if (image.part == SplitPart::train) out.insert(image.digest);
    return out;
  };
  const std::set<Digest> third = digests(1.0 / 3), whole = digests(1);
  EXPECT_NEAR(static_cast<double>(third.size()), static_cast<double>(whole.size()) / 3, 1);
  EXPECT_TRUE(std::ranges::includes(whole, third));

  const GivenParts given = parts.parts_of(0.5, start, {});
  const RetrievalSet set = given.start_vectors(SplitPart::train);
  EXPECT_EQ(set.images.rows, given.plan.count(SplitPart::train));
  EXPECT_EQ(set.texts.rows, 2 * set.images.rows);  // both captions are with their image
  for (int64_t t = 0; t < set.texts.rows; ++t)
    EXPECT_EQ(set.text_image[static_cast<size_t>(t)], t / 2);
}

TEST_F(FineTuneRunnerTest, TheAdapterWinsAndRepeatsAndContinues) {
  const TuningPlan p = plan();
  const fs::path once = folder_ / "once", cut = folder_ / "cut";
  const TuningResult result = tune(p, *runner_of(p), {.out = once});
  EXPECT_GT(result.winner, 0);
  EXPECT_EQ(result.verdict(), "better");
  EXPECT_GT(result.report_winner.value, result.report_default.value + 0.1);
  EXPECT_FALSE(fs::exists(once / "trials"));
  const Configuration best = read_configuration(once / "best.json");
  EXPECT_EQ(best.model, (once / "model").string());
  EXPECT_NO_THROW(Model::load(best.model));

  // Each attempt finishes one training, of 900 steps, and is stopped in the next one.
  int attempts = 0;
  for (bool done = false; !done && attempts < 100; ++attempts) {
    int updates = 0;
    const auto stop = [&](const ProgressUpdate& update) {
      if (update.note.find("training the adapter") != update.note.npos && ++updates == 1300)
        throw Error(ErrorCode::cancelled, "stop");
    };
    try {
      tune(p, *runner_of(p), {.out = cut, .progress = stop});
      done = true;
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ErrorCode::cancelled) << error.what();
    }
  }
  EXPECT_GE(attempts, 2);
  EXPECT_EQ(read_text_file(cut / "results.json"), read_text_file(once / "results.json"));
  EXPECT_EQ(read_text_file(cut / "trials.jsonl"), read_text_file(once / "trials.jsonl"));
  EXPECT_EQ(read_text_file(cut / "model" / "model.safetensors"),
            read_text_file(once / "model" / "model.safetensors"));

  const auto runner = runner_of(p);
  const RepeatedTrial repeated = repeat_last_evaluation(p, *runner, once, result.winner);
  EXPECT_EQ(repeated.share, 1);
  EXPECT_EQ(repeated.recorded, repeated.repeated);
  EXPECT_TRUE(fs::is_empty(once / "trials"));
}

TEST_F(FineTuneRunnerTest, RetrievalOfTheTunedModelVariesToo) {
  const TuningPlan p = plan(R"({"method": ["none", "adapter"], "precision": ["fp32", "int8"]})",
                            R"(, "budget": {"trials": 8}, "search": {"method": "random"})");
  const TuningResult result = tune(p, *runner_of(p), {.out = folder_ / "out"});
  ASSERT_EQ(result.trials.size(), 5u);
  std::map<std::string, double> megabytes;
  for (const Trial& t : result.trials) megabytes[t.configuration] = t.evaluations.back().megabytes;
  std::set<double> sizes;
  for (const auto& [configuration, size] : megabytes) sizes.insert(size);
  EXPECT_EQ(sizes.size(), 2u);
  const json best = json::parse(result.best);
  EXPECT_EQ(best["model"], "./model");
  EXPECT_FALSE(best.contains("method"));
}

TEST_F(FineTuneRunnerTest, AStartThatIsBestNeedsNoModel) {
  const TuningPlan p = plan(R"({"method": ["none", "adapter"], "learning_rate": [1e-12, 2e-12]})",
                            R"(, "budget": {"trials": 3}, "search": {"method": "random"})");
  const TuningResult result = tune(p, *runner_of(p), {.out = folder_ / "out"});
  EXPECT_EQ(result.winner, 0);
  EXPECT_FALSE(fs::exists(folder_ / "out" / "model"));
  EXPECT_EQ(json::parse(result.best)["model"], json::parse(p.defaults)["model"]);
}

TEST_F(FineTuneRunnerTest, WrongPlansAreRefusedBeforeWork) {
  test::expect_error(ErrorCode::invalid_argument, "no configuration of the plan trains",
                     [&] { runner_of(plan(R"({"epochs": [1, 2]})")); });
  TuningPlan p = plan();
  p.data.datasets.front().options.max_captions = 1;
  test::expect_error(ErrorCode::invalid_argument, "a data set with options for reading",
                     [&] { runner_of(p); });
  test::expect_error(ErrorCode::invalid_data, "images with a caption to train on", [&] {
    runner_of(plan(kAdapters, R"(, "splits": {"choice_share": 0.8, "validation_share": 0.2})"));
  });
  p = plan();
  for (const char* own : {"model", "trials/mine"}) {
    const fs::path out = folder_ / fs::path(own).filename();
    fs::create_directories(out / own);
    test::expect_error(ErrorCode::io, "was not written by a tuning run",
                       [&] { tune(p, *runner_of(p), {.out = out}); });
    EXPECT_TRUE(fs::exists(out / own));
  }
}

TEST(TrialModels, KeepsWhatIsUsedAndOneOfASmallerShare) {
  const fs::path out = test::tuning_folder("models");
  TrialModels models(out);
  int trained = 0;
  const auto train = [&](const fs::path& folder) {
    fs::create_directories(folder / "training");
    ++trained;
    return 2.5;
  };
  const auto folders = [&] { return folder_entries(out / "trials").size(); };
  const auto of = [](const std::string& key, double share, int64_t trial) {
    return TrialTraining{key, share, FineTuneMethod::full, trial};
  };
  models.obtain(of("a", 0.5, 1), train);
  EXPECT_EQ(models.obtain(of("a", 0.5, 2), train).seconds, 2.5);
  EXPECT_EQ(trained, 1);  // equal trainings share a model
  models.obtain(of("b", 0.5, 3), train);
  EXPECT_EQ(folders(), 1u);
  models.obtain(of("a", 1, 1), train);
  models.obtain(of("a", 1, 2), train);
  models.obtain(of("b", 1, 3), train);
  EXPECT_EQ(folders(), 2u);
  models.discard(of("a", 1, 1));
  EXPECT_EQ(folders(), 2u);  // trial 2 uses it
  models.discard(of("a", 1, 2));
  EXPECT_EQ(folders(), 1u);
  const int before = trained;
  EXPECT_EQ(models.publish(of("b", 1, 3), train), "./model");
  EXPECT_EQ(trained, before);
  EXPECT_FALSE(fs::exists(out / "trials"));
  EXPECT_FALSE(fs::exists(out / "model" / "training"));
  models.publish(of("b", 1, 3), train);
  EXPECT_EQ(trained, before);  // it is there already
  models.publish(of("c", 1, 4), train);
  EXPECT_EQ(trained, before + 1);
  const auto fail = [](const fs::path& folder) -> double {
    fs::create_directories(folder);
    throw Error(ErrorCode::invalid_data, "NaN");
  };
  test::expect_error(ErrorCode::invalid_data, "NaN", [&] { models.obtain(of("d", 1, 5), fail); });
  EXPECT_EQ(folders(), 0u);
}

}  // namespace
}  // namespace sightline
