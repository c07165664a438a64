// Intervals and tests: worked examples, independent implementations of the definitions, and
// coverage and error rates on simulated data.
#include <gtest/gtest.h>
#include <omp.h>
#include <sightline/error.h>
#include <sightline/statistics.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "base/parallel.h"
#include "base/random.h"
#include "eval/bootstrap.h"
#include "eval/intervals.h"

namespace sightline {
namespace {

TEST(Holm, WorkedExample) {
  // Sorted: .01 .02 .03 .04 times 4 3 2 1 is .04 .06 .06 .04, then the running maximum.
  const std::vector<double> p = {0.03, 0.01, 0.04, 0.02};
  const std::vector<double> corrected = holm(p);
  EXPECT_DOUBLE_EQ(corrected[1], 0.04);
  EXPECT_DOUBLE_EQ(corrected[3], 0.06);
  EXPECT_DOUBLE_EQ(corrected[0], 0.06);
  EXPECT_DOUBLE_EQ(corrected[2], 0.06);
}

TEST(Holm, AtMostOneAndASingleTestIsUnchanged) {
  EXPECT_EQ(holm(std::vector<double>{0.9, 0.8}), (std::vector<double>{1, 1}));
  EXPECT_EQ(holm(std::vector<double>{0.2}), (std::vector<double>{0.2}));
  EXPECT_TRUE(holm({}).empty());
}

TEST(NormalQuantile, KnownValues) {
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-9);
  EXPECT_NEAR(normal_quantile(0.5), 0, 1e-12);
  EXPECT_NEAR(normal_quantile(1e-6), -4.753424308822899, 1e-8);
  EXPECT_DOUBLE_EQ(normal_quantile(0.1), -normal_quantile(0.9));
  EXPECT_THROW(normal_quantile(0), Error);
  EXPECT_THROW(normal_quantile(std::nan("")), Error);
}

TEST(SignFlips, ExactByHand) {
  // |±1 ±2 ±3|: 6 4 2 0 0 2 4 6. Two of eight assignments reach the observed 6.
  const PermutationResult all = sign_flip_test(std::vector<double>{1, 2, 3}, 100, 1);
  EXPECT_TRUE(all.exact);
  EXPECT_DOUBLE_EQ(all.p, 2.0 / 8);
  // Observed |1 + 2 - 3| = 0: every assignment reaches it.
  EXPECT_DOUBLE_EQ(sign_flip_test(std::vector<double>{1, 2, -3}, 100, 1).p, 1);
  // Clusters without a difference have no effect.
  EXPECT_DOUBLE_EQ(sign_flip_test(std::vector<double>{0, 1, 0, 2, 3}, 100, 1).p, 2.0 / 8);
  EXPECT_DOUBLE_EQ(sign_flip_test(std::vector<double>{0, 0}, 100, 1).p, 1);
}

TEST(SignFlips, SumsThatDifferByRoundingAreEqual) {
  // 0.1 + 0.2 + 0.3 and its mirror must both count.
  const PermutationResult result = sign_flip_test(std::vector<double>{0.1, 0.2, 0.3, -0.6}, 100, 1);
  EXPECT_DOUBLE_EQ(result.p, 1);
}

TEST(SignFlips, RandomPermutationsApproximateTheExactTest) {
  std::vector<double> differences;
  Random random({7});
  for (int i = 0; i < 16; ++i) differences.push_back(random.normal() + 0.4);
  const PermutationResult exact = sign_flip_test(differences, 1 << 16, 1);
  const PermutationResult sampled = sign_flip_test(differences, 20000, 1);
  EXPECT_TRUE(exact.exact);
  EXPECT_FALSE(sampled.exact);
  EXPECT_NEAR(sampled.p, exact.p, 4 * std::sqrt(exact.p * (1 - exact.p) / 20000) + 1e-4);
}

TEST(SignFlips, TheSmallestRandomPIncludesTheObservedAssignment) {
  const std::vector<double> differences(400, 1.0);
  EXPECT_DOUBLE_EQ(sign_flip_test(differences, 999, 3).p, 1.0 / 1000);
}

TEST(SignFlips, PIsUniformUnderTheNullHypothesis) {
  // For differences that are symmetric about zero, P(p <= x) is at most x and close to x.
  constexpr int kRuns = 2000;
  std::vector<int> below(3, 0);
  const double levels[] = {0.05, 0.2, 0.5};
  for (uint64_t run = 0; run < kRuns; ++run) {
    Random random({11, run});
    std::vector<double> differences(40);
    for (double& d : differences) d = random.normal();
    const double p = sign_flip_test(differences, 199, run).p;
    for (size_t i = 0; i < 3; ++i) below[i] += p <= levels[i] + 1e-12;
  }
  for (size_t i = 0; i < 3; ++i) {
    const double spread = std::sqrt(levels[i] * (1 - levels[i]) / kRuns);
    EXPECT_NEAR(below[i] / double{kRuns}, levels[i], 4 * spread) << levels[i];
  }
}

TEST(SignFlips, RejectsNan) {
  EXPECT_THROW(sign_flip_test(std::vector<double>{1, std::nan("")}, 10, 1), Error);
  EXPECT_THROW(sign_flip_test(std::vector<double>{1}, 0, 1), Error);
}

TEST(Percentiles, InterpolateBetweenOrderStatistics) {
  std::vector<double> values = {3, 1, std::nan(""), 4, 2, 5};
  const Interval half = percentile_interval(values, 0.5);
  EXPECT_DOUBLE_EQ(half.low, 2);
  EXPECT_DOUBLE_EQ(half.high, 4);
  std::vector<double> two = {0, 10};
  EXPECT_DOUBLE_EQ(percentile_interval(two, 0.5).low, 2.5);
}

TEST(Bca, EqualsThePercentileIntervalWithoutBiasAndSkew) {
  std::vector<double> values, again;
  for (int i = -500; i <= 500; ++i) values.push_back(i);
  again = values;
  const Interval a = bca_interval(0, values, std::vector<double>{-1, 0, 1}, 0.9);
  const Interval b = percentile_interval(again, 0.9);
  EXPECT_NEAR(a.low, b.low, 1e-6);
  EXPECT_NEAR(a.high, b.high, 1e-6);
}

TEST(Bca, WorkedExample) {
  // 101 values 0..100, estimate 40.5: 41 of 101 below. z0 = quantile(41/101); a from jackknife
  // 0 0 0 4 (mean 1): d = 1 1 1 -3, cubes -24, squares 12, a = -24 / (6 * 12^1.5) = -0.096225.
  std::vector<double> values;
  for (int i = 0; i <= 100; ++i) values.push_back(i);
  const Interval got = bca_interval(40.5, values, std::vector<double>{0, 0, 0, 4}, 0.9);
  const double z0 = normal_quantile(41.0 / 101), a = -24 / (6 * std::pow(12, 1.5));
  const auto percentile = [&](double z) {
    const double moved = z0 + (z0 + z) / (1 - a * (z0 + z));
    return 100 * std::erfc(-moved / std::sqrt(2)) / 2;
  };
  EXPECT_NEAR(got.low, percentile(-1.6448536269514722), 1e-6);
  EXPECT_NEAR(got.high, percentile(1.6448536269514722), 1e-6);
}

TEST(Bca, EqualValuesYieldAPoint) {
  std::vector<double> values(100, 1.0);
  const Interval got = bca_interval(1, values, std::vector<double>(10, 1.0), 0.95);
  EXPECT_EQ(got.low, 1);
  EXPECT_EQ(got.high, 1);
}

RatioStatistic mean_of(const std::vector<double>& values) {
  return {values, std::vector<double>(values.size(), 1.0)};
}

TEST(Bootstrap, MatchesTheDefinition) {
  // Recomputes a mean over clusters of unequal size, a median and shares from the same draws.
  const RatioStatistic ratio = {{1, 5, 2, 0}, {1, 3, 1, 2}};
  const RankStatistic ranks = {{{7, 0}, {1, 1}, {2, 1}, {9, 1}, {3, 2}, {8, 3}, {4, 3}}, 8};
  const ResampledStatistics got = bootstrap(4, {&ratio, 1}, {&ranks, 1}, 50, 9);
  for (uint64_t r = 0; r < 50; ++r) {
    Random random({9, 0x626f6f747374726bu, r});
    double sum = 0, weight = 0;
    std::vector<double> values;
    for (int i = 0; i < 4; ++i) {
      const auto c = random.below(4);
      sum += ratio.sum[c];
      weight += ratio.weight[c];
      for (const auto& item : ranks.items) {
        if (item.cluster == static_cast<int64_t>(c)) values.push_back(item.value);
      }
    }
    std::sort(values.begin(), values.end());
    const size_t n = values.size();
    EXPECT_DOUBLE_EQ(got.ratios[0][r], sum / weight);
    EXPECT_DOUBLE_EQ(got.medians[0][r], (values[(n - 1) / 2] + values[n / 2]) / 2);
    for (size_t cut = 1; cut <= 8; ++cut) {
      const auto hits = std::ranges::count_if(values, [&](double v) { return v <= cut; });
      EXPECT_EQ(got.shares[0][cut - 1][r], static_cast<double>(hits) / static_cast<double>(n));
    }
  }
}

TEST(Bootstrap, DoesNotDependOnTheNumberOfThreads) {
  Random random({5});
  std::vector<double> values(200);
  for (double& v : values) v = random.uniform();
  const RatioStatistic ratio = mean_of(values);
  const int threads = omp_get_max_threads();
  omp_set_num_threads(1);
  const auto one = bootstrap(200, {&ratio, 1}, {}, 500, 3);
  const double p_one = sign_flip_test(values, 500, 3).p;
  omp_set_num_threads(3);
  const auto three = bootstrap(200, {&ratio, 1}, {}, 500, 3);
  const double p_three = sign_flip_test(values, 500, 3).p;
  omp_set_num_threads(threads);
  EXPECT_EQ(one.ratios, three.ratios);
  EXPECT_EQ(p_one, p_three);
  EXPECT_NE(one.ratios, bootstrap(200, {&ratio, 1}, {}, 500, 4).ratios);
}

TEST(Bootstrap, RejectsInconsistentSizes) {
  const RatioStatistic ratio = mean_of({1, 2});
  const RankStatistic beyond = {{{1, 2}}, 0}, negative = {{{1, 1}}, -1};
  EXPECT_THROW(bootstrap(3, {&ratio, 1}, {}, 10, 1), Error);
  EXPECT_THROW(bootstrap(2, {&ratio, 1}, {&beyond, 1}, 10, 1), Error);
  EXPECT_THROW(bootstrap(2, {&ratio, 1}, {&negative, 1}, 10, 1), Error);
  EXPECT_THROW(bootstrap(0, {}, {}, 10, 1), Error);
}

// Share of `runs` samples of n clusters whose 95 % interval contains the true rate. If `shared`,
// each cluster has five queries with the same outcome.
double coverage(double rate, int n, bool shared, int runs, uint64_t purpose) {
  std::atomic<int> covered = 0;
  parallel_for(runs, 1, [&](int64_t begin, int64_t end) {
    for (int64_t run = begin; run < end; ++run) {
      Random random({purpose, static_cast<uint64_t>(run)});
      RatioStatistic ratio = {{}, std::vector<double>(static_cast<size_t>(n), shared ? 5.0 : 1.0)};
      double sum = 0, weight = 0;
      for (int c = 0; c < n; ++c) {
        ratio.sum.push_back((shared ? 5.0 : 1.0) * (random.uniform() < rate));
        sum += ratio.sum.back();
        weight += ratio.weight[static_cast<size_t>(c)];
      }
      auto values = bootstrap(n, {&ratio, 1}, {}, 600, static_cast<uint64_t>(run)).ratios[0];
      const Interval i = bca_interval(sum / weight, values, jackknife(ratio), 0.95);
      covered += i.low <= rate && rate <= i.high;
    }
  });
  return covered / static_cast<double>(runs);
}

TEST(Bootstrap, HasNominalCoverage) {
  // 800 runs: a standard error of 0.8 points. Coverage is known to be slightly below 0.95.
  EXPECT_NEAR(coverage(0.5, 100, false, 800, 21), 0.945, 0.025);
  EXPECT_NEAR(coverage(0.1, 150, false, 800, 22), 0.945, 0.03);
  // Captions of an image share the outcome: resampling images preserves coverage.
  EXPECT_NEAR(coverage(0.5, 100, true, 800, 23), 0.945, 0.025);
}

}  // namespace
}  // namespace sightline
