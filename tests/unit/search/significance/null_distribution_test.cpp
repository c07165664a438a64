// The null distribution on simulated similarities: p-values are uniform for queries without a
// match, and the false discovery rate is controlled for queries with matches.
#include "search/significance/null_distribution.h"

#include <gtest/gtest.h>
#include <sightline/significance.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"

namespace sightline {
namespace {

constexpr int64_t kTexts = 500, kRows = 2000;

// Similarities of a text with images: normal, with mean and spread of the text's own.
std::vector<float> null_similarities(Random& random, int64_t rows) {
  const double mean = random.uniform(0, 0.3), spread = random.uniform(0.05, 0.06);
  std::vector<float> out(static_cast<size_t>(rows));
  for (float& s : out) s = static_cast<float>(mean + spread * random.normal());
  return out;
}

// `present`: share of texts that two images are about, of which no other text is.
NullDistribution simulated(uint64_t seed, double present, int64_t rows = kRows) {
  Random random{seed};
  std::vector<float> all;
  for (int64_t t = 0; t < kTexts; ++t) {
    auto one = null_similarities(random, rows);
    if (random.uniform() < present) {
      for (int64_t i = 2 * t; i < std::min(2 * t + 2, rows); ++i)
        one[static_cast<size_t>(i)] += 0.6f;
    }
    all.insert(all.end(), one.begin(), one.end());
  }
  return estimate_null_distribution(all, kTexts, rows);
}

// The best score of a query that no image is about.
double best_score(const NullDistribution& null, Random& random, int64_t rows) {
  const auto s = null_similarities(random, rows);
  return null.score(moments_of(s), *std::ranges::max_element(s));
}

TEST(NullDistribution, PValuesOfQueriesWithoutMatchAreUniform) {
  for (const double present : {0.0, 0.4}) {
    const NullDistribution null = simulated(1, present);
    Random random{2};
    std::vector<double> p;
    for (int i = 0; i < 1000; ++i) p.push_back(null.best_p(best_score(null, random, kRows), kRows));
    std::ranges::sort(p);
    for (size_t i = 0; i < p.size(); ++i) {
      // Kolmogorov-Smirnov: 500 texts and 1,000 queries, beyond the 99.9 % quantile.
      EXPECT_NEAR(p[i], static_cast<double>(i + 1) / 1000.0, 0.107) << present;
    }
    const auto small = std::ranges::count_if(p, [](double x) { return x <= 0.05; });
    EXPECT_GT(small, 15) << present;
    EXPECT_LT(small, 95) << present;
  }
}

TEST(NullDistribution, ImagesAboutATextAreLeftOut) {
  const NullDistribution without = simulated(3, 0), with = simulated(3, 0.6);
  // Matches have scores of about 11; by chance 5 is rare.
  EXPECT_LT(with.maxima.back(), 7);
  EXPECT_NEAR(with.maxima[250], without.maxima[250], 0.5);
}

TEST(NullDistribution, ASampleStandsForALargerCollection) {
  const NullDistribution whole = simulated(4, 0.2), part = simulated(5, 0.2, kRows / 8);
  Random random{6};
  for (int i = 0; i < 100; ++i) {
    const double score = best_score(whole, random, kRows);
    const double p = whole.best_p(score, kRows), q = part.best_p(score, kRows);
    if (p < 0.02) continue;  // too far in the tail
    EXPECT_GT(q, p / 3) << score;
    EXPECT_LT(q, p * 6) << score;
    const double expected = whole.expected(score, kRows);
    EXPECT_GT(part.expected(score, kRows), expected / 3) << score;
    EXPECT_LT(part.expected(score, kRows), expected * 6) << score;
  }
}

TEST(NullDistribution, ExpectedCountsMatchCountsByHand) {
  Random random{7};
  std::vector<float> all;
  std::vector<double> scores;
  for (int64_t t = 0; t < kTexts; ++t) {
    const auto one = null_similarities(random, 100);
    all.insert(all.end(), one.begin(), one.end());
  }
  NullDistribution null = estimate_null_distribution(all, kTexts, 100);  // `all` are scores now
  for (const float s : all) {
    if (std::isfinite(s)) scores.push_back(s);
  }
  for (const double score : {null.score_tail.from, 2.5, 2.0, 1.0, 0.0, -2.0}) {
    const auto count = std::ranges::count_if(scores, [&](double s) { return s >= score; });
    const double expected = static_cast<double>(count) / kTexts;
    EXPECT_GE(null.expected(score, 100), expected * (1 - 1e-9)) << score;
    EXPECT_LE(null.expected(score, 100), expected * 1.011 + 1e-9) << score;
    EXPECT_DOUBLE_EQ(null.expected(score, 700), 7 * null.expected(score, 100));
  }
  EXPECT_EQ(null.expected(-1e9, 100), 100);
}

TEST(NullDistribution, IsMonotonic) {
  const NullDistribution null = simulated(8, 0.3);
  double p = 1, expected = kRows;
  for (double score = -10; score < 20; score += 0.01) {
    EXPECT_LE(null.best_p(score, kRows), p) << score;
    EXPECT_LE(null.expected(score, kRows), expected) << score;
    p = null.best_p(score, kRows);
    expected = null.expected(score, kRows);
  }
  EXPECT_LT(p, 1e-6);
  EXPECT_LT(expected, 1e-6);
}

TEST(NullDistribution, NeedsImagesThatDiffer) {
  std::vector<float> one(kTexts, 0.3f);
  EXPECT_FALSE(estimate_null_distribution(one, kTexts, 1).usable());
  std::vector<float> equal(kTexts * 200, 0.3f);
  EXPECT_FALSE(estimate_null_distribution(equal, kTexts, 200).usable());
  // Only 20 texts differ.
  std::vector<float> few = equal;
  for (int t = 0; t < 20; ++t) few[static_cast<size_t>(t * 200)] = 0.9f;
  EXPECT_FALSE(estimate_null_distribution(few, kTexts, 200).usable());
}

TEST(NullDistribution, TiesDoNotMakeChanceLookImpossible) {
  // Each image is a copy of one of two: every text has only two similarities.
  Random random{9};
  std::vector<float> all;
  for (int64_t t = 0; t < kTexts; ++t) {
    for (int64_t i = 0; i < 200; ++i) all.push_back(i % 2 == 0 ? 0.2f : 0.3f);
  }
  const NullDistribution null = estimate_null_distribution(all, kTexts, 200);
  ASSERT_TRUE(null.usable());
  EXPECT_EQ(null.best_tail.mean, 0);
  const double top = null.maxima.back();
  EXPECT_NEAR(null.best_p(top, 200), 1, 1e-9);
  EXPECT_NEAR(null.best_p(top + 5, 200), 1.0 / (kTexts + 1), 1e-9);
  EXPECT_NEAR(null.expected(top, 200), 100, 1.1);
  EXPECT_NEAR(null.expected(top + 5, 200), 1.0 / (kTexts + 1), 1e-9);
}

}  // namespace
}  // namespace sightline
