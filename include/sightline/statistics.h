// Confidence intervals of metrics, and significance tests for differences between models.
//
// The unit of resampling is the cluster: a group of queries that are drawn, or change sign,
// together. In an evaluation a cluster is an image with all its captions. Five captions of one
// image are not five independent observations; treating them as independent makes intervals too
// narrow. Random choices depend only on the seed, not on the machine or the number of threads.
// Rationale: docs/decisions/0019-statistics.md.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sightline {

// A confidence interval.
struct Interval {
  double low = 0, high = 0;
};

struct StatisticsOptions {
  int resamples = 10000;     // bootstrap resamples; 0: no intervals
  double confidence = 0.95;  // above 0, below 1
  int permutations = 10000;  // for tests between models; 0: no tests
  uint64_t seed = 1;
};

// Result of a two-sided test of the null hypothesis that the mean paired difference is zero.
struct PermutationResult {
  double p = 1;
  bool exact = false;  // whether all sign assignments were enumerated
};

// Sign-flip test on one difference per cluster (summed over its queries). Under the null hypothesis
// both signs of a difference are equally likely; p is the share of sign assignments whose absolute
// sum is at least the observed one. If the 2^n assignments of the n non-zero differences are at
// most `permutations`, all are enumerated. Otherwise `permutations` random assignments are drawn,
// and p = (b + 1) / (permutations + 1), where b of them reach the observed sum. Uses all cores.
// Throws invalid_argument (permutations < 1, a difference that is not finite).
PermutationResult sign_flip_test(std::span<const double> differences, int permutations,
                                 uint64_t seed);

// Returns the p-values adjusted for multiple testing by Holm's step-down method, in input order,
// at most 1.
std::vector<double> holm(std::span<const double> p);

// Quantile function of the standard normal distribution for 0 < p < 1 (relative error < 1e-9).
// Throws invalid_argument for other p.
double normal_quantile(double p);

}  // namespace sightline
