// Rungs, importance and the statistics of the choice.
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "synthetic_runner.h"
#include "tune/comparison.h"
#include "tune/halving.h"
#include "tune/importance.h"

namespace sightline {
namespace {

TEST(Halving, RungsAreThoseOfHyperbandsInnerLoop) {
  const Bracket b = halving_bracket(81, 3, 4);
  ASSERT_EQ(b.size(), 5u);
  const int64_t counts[] = {81, 27, 9, 3, 1};
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(b[i].trials, counts[i]);
    EXPECT_NEAR(b[i].share, std::pow(3, static_cast<double>(i) - 4), 1e-12);
  }
  EXPECT_EQ(halving_bracket(2, 3, 3).size(), 2u);  // without rungs that drop nothing
  EXPECT_EQ(halving_bracket(2, 3, 3).back().share, 1);
  EXPECT_EQ(most_halvings(3, 1.0 / 9), 2);
  EXPECT_EQ(most_halvings(3, 0.1), 2);
  EXPECT_EQ(most_halvings(3, 1), 0);
}

// Table 1 of the paper: R = 81, eta = 3 has brackets of 81, 34, 15, 8 and 5 configurations.
TEST(Halving, HyperbandDividesTrialsAsThePaperDoes) {
  TuningPlan plan = test::synthetic_plan(
      R"(, "search": {"method": "hyperband", "least_share": 0.0123}, "budget": {"trials": 143})");
  const auto brackets = brackets_of(plan, 143);
  ASSERT_EQ(brackets.size(), 5u);
  const int64_t counts[] = {81, 34, 15, 8, 5};
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(brackets[i].front().trials, counts[i]);
  EXPECT_EQ(brackets[4].front().share, 1);
}

TEST(Importance, FindsMainEffectsAndLeavesInteractionsOut) {
  Observations additive{{}, {}, {0, 3, 0}}, interaction{{}, {}, {0, 0}};
  for (uint64_t i = 0; i < 400; ++i) {
    Random random({5, i});
    const double u = random.uniform(), v = random.uniform();
    const auto c = static_cast<int>(random.below(3));
    additive.points.push_back({u, (c + 0.5) / 3, v});
    additive.values.push_back(2 * u + (c == 1 ? 1 : 0));
    interaction.points.push_back({u, v});
    interaction.values.push_back((u < 0.5) == (v < 0.5) ? 1 : 0);
  }
  const auto shares = variance_shares(additive, 1);
  // Var(2u) = 1/3, Var(c) = 2/9: shares 0.6 and 0.4.
  EXPECT_NEAR(shares[0].mean, 0.6, 0.06);
  EXPECT_NEAR(shares[1].mean, 0.4, 0.06);
  EXPECT_LT(shares[2].mean, 0.02);
  for (const VarianceShare& share : variance_shares(interaction, 1)) EXPECT_LT(share.mean, 0.1);
  const Observations constant{{{0.1}, {0.9}}, {1, 1}, {0}};
  EXPECT_EQ(variance_shares(constant, 1)[0].mean, 0);
}

// Twenty trials of equal true quality: the best one looks better than it is.
TEST(Comparison, TheCorrectedEstimateIsNotBiasedByTheChoice) {
  double naive = 0, corrected = 0;
  constexpr int kRepeats = 60;
  for (uint64_t r = 0; r < kRepeats; ++r) {
    std::vector<ClusterGains> trials(20);
    double best = 0;
    for (size_t t = 0; t < trials.size(); ++t) {
      Random random({11, r, t});
      for (int c = 0; c < 100; ++c) {
        trials[t].gains.push_back(random.uniform() < 0.5 ? 1 : 0);
        trials[t].queries.push_back(1);
      }
      best = std::max(best, mean_gain(trials[t]));
    }
    naive += best / kRepeats;
    corrected += corrected_for_choice(trials, std::vector<double>(20), 200, r) / kRepeats;
  }
  EXPECT_GT(naive, 0.58);
  EXPECT_NEAR(corrected, 0.5, 0.015);
}

TEST(Comparison, OneTrialNeedsNoCorrection) {
  const std::vector<ClusterGains> one = {{{1, 0, 1, 2}, {1, 1, 1, 2}}};
  EXPECT_NEAR(corrected_for_choice(one, std::vector<double>(1), 2000, 1), 0.75, 0.06);
}

TEST(Comparison, GainOnReportDataIsPaired) {
  ClusterGains a, b;
  for (int i = 0; i < 400; ++i) {
    a.gains.push_back(i % 2);
    b.gains.push_back(i % 2 == 1 || i % 20 == 0 ? 1 : 0);  // 20 more hits, none lost
    a.queries.push_back(1);
    b.queries.push_back(1);
  }
  TuningResult result;
  compare_on_report(a, b, false, {.resamples = 2000, .permutations = 2000}, result);
  EXPECT_DOUBLE_EQ(result.report_gain.value, 0.05);
  ASSERT_TRUE(result.report_gain.interval);
  EXPECT_GT(result.report_gain.interval->low, 0.02);
  EXPECT_LT(result.report_gain.interval->high, 0.09);
  EXPECT_LT(*result.report_p, 0.01);
  result.winner = 1;
  EXPECT_EQ(result.verdict(), "better");
}

}  // namespace
}  // namespace sightline
