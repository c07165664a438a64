// The settings of fine-tuning, and the verdict on its result.
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "expect_error.h"
#include "train/fine_tune/check_options.h"
#include "train/fine_tune/verdict.h"

namespace sightline {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

void expect_refused(const std::string& message,
                    const std::function<void(FineTuneSettings& settings)>& change) {
  FineTuneOptions options;
  EXPECT_NO_THROW(check_fine_tune_options(options));
  change(options.settings);
  test::expect_error(ErrorCode::invalid_argument, message,
                     [&] { check_fine_tune_options(options); });
}

TEST(FineTuneSettings, AreRefusedByNameAndRange) {
  expect_refused("learning_rate is 1e+09, expected a number from 1e-12 to 10",
                 [](auto& s) { s.learning_rate = 1e9; });
  expect_refused("learning_rate is nan", [](auto& s) { s.learning_rate = kNan; });
  expect_refused("weight_decay is nan", [](auto& s) { s.weight_decay = kNan; });
  expect_refused("warmup_share is nan", [](auto& s) { s.warmup_share = kNan; });
  expect_refused("alpha is 1e+09", [](auto& s) { s.low_rank.alpha = 1e9; });
  expect_refused("average_decay is 1, expected a number from 0 to 0.99999",
                 [](auto& s) { s.average_decay = 1; });
  expect_refused("seed is", [](auto& s) { s.seed = uint64_t{1} << 60; });
}

TEST(FineTuneSettings, OfAnotherSplitNeedAnotherDataSet) {
  FineTuneOptions options;
  options.other_split = "zz";
  test::expect_error(ErrorCode::invalid_argument, "'zz' of another data set is given",
                     [&] { check_fine_tune_options(options); });
}

FineTuneResult result_with(double before, double after, double low, double high) {
  FineTuneResult result;
  PairedFigure figure;
  figure.name = "text-to-image R@1";
  figure.before = before, figure.after = after, figure.difference = after - before;
  figure.low = low, figure.high = high;
  result.test = {figure};
  result.accepted = low > 0;
  return result;
}

TEST(Verdict, HasTheFiguresOfTheTable) {
  EXPECT_EQ(verdict_text(result_with(0.036, 0.04, -0.002, 0.01), FineTuneMethod::full),
            "The result is not accepted, because the interval of the difference on the test part "
            "is not above 0 (text-to-image R@1 4.0 %, start 3.6 %, difference +0.4 points, 95 % "
            "interval -0.2 … +1.0 points).");
  EXPECT_TRUE(verdict_text(result_with(0.1, 0.3, 0.1, 0.3), FineTuneMethod::full)
                  .starts_with("The result is better on the test part ("));
  FineTuneResult unchanged = result_with(0.1, 0.1, 0, 0);
  unchanged.share = 0;
  EXPECT_NE(verdict_text(unchanged, FineTuneMethod::prompt).find("the learned prompt was not"),
            std::string::npos);
}

TEST(Verdict, CountsInTheSingular) {
  FineTuneResult result;
  result.epochs = result.steps = 1;
  EXPECT_EQ(training_text(result), "1 epoch, 1 step");
  result.epochs = 0, result.steps = 900;
  EXPECT_EQ(training_text(result), "900 steps");
}

TEST(Verdict, WarnsOfFewImagesAndEqualCaptions) {
  SplitPlan plan;
  for (int i = 0; i < 40; ++i) {
    PlannedImage image;
    image.captions = {i < 39 ? "a bird" : "a test"};
    image.part = i < 39 ? SplitPart::train : SplitPart::test;
    plan.images.push_back(image);
  }
  const auto warnings = part_warnings(plan);
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_NE(warnings[0].find("only 1 image,"), std::string::npos) << warnings[0];
  EXPECT_NE(warnings[1].find("part train are equal"), std::string::npos) << warnings[1];
  plan.images[0].captions = {"a house"};
  EXPECT_EQ(part_warnings(plan).size(), 1u);
}

}  // namespace
}  // namespace sightline
