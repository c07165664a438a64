// How far a figure can be trusted, and whether two differ by more than chance.
//
// The unit is the cluster: queries that belong together and are drawn, or get their sign, together.
// In an evaluation a cluster is an image with all its captions: five captions of one image are
// not five independent observations, and intervals that take them for that are too narrow.
// All random choices are functions of a seed: the same on every machine, with any number of
// threads. Why these methods: docs/decisions/0019-statistics.md.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sightline {

struct Interval {
  double low = 0, high = 0;
};

struct StatisticsOptions {
  int resamples = 10000;     // of the bootstrap; 0: no intervals
  double confidence = 0.95;  // above 0, below 1
  int permutations = 10000;  // of the tests between models; 0: no tests
  uint64_t seed = 1;
};

// Two-sided test that the mean of paired differences is zero.
struct PermutationResult {
  double p = 1;
  bool exact = false;  // all assignments of signs were tried
};

// Sign-flip test: one difference a cluster (summed over its queries). Under the null the sign of
// each is a coin; p is the share of assignments whose absolute sum is not below the observed one.
// All 2^n assignments of the n non-zero differences are tried where they are at most
// `permutations`; else that many random ones, and p = (b + 1) / (permutations + 1).
// Throws invalid_argument (permutations < 1, a difference that is not finite).
PermutationResult sign_flip_test(std::span<const double> differences, int permutations,
                                 uint64_t seed);

// Holm's step-down correction: each p as it compares with the level that holds for all of them
// together. In the order of the input, at most 1.
std::vector<double> holm(std::span<const double> p);

// The quantile function of the standard normal distribution, 0 < p < 1 (relative error < 1e-9).
double normal_quantile(double p);

}  // namespace sightline
