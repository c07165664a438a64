// Importance of parameters: functional ANOVA of a random forest.
#pragma once

#include <sightline/tune.h>

#include <cstdint>
#include <span>
#include <vector>

namespace sightline {

// Points and their values. categories[d]: number of categories of coordinate d, whose value is
// (category + 0.5) / number; 0 for a continuous one.
struct Observations {
  std::vector<std::vector<double>> points;
  std::vector<double> values;
  std::vector<int> categories;
};

struct VarianceShare {
  double mean = 0, deviation = 0;  // over the trees
};

// Returns for each coordinate the share of the variance, over the unit cube, that it explains on
// its own (its main effect), as predicted by a random forest. Interactions are in none of the
// shares, so that their sum is at most 1. Zeros if the values do not vary. Deterministic.
// Source: Hutter, Hoos, Leyton-Brown, An efficient approach for assessing hyperparameter
// importance, ICML 2014.
std::vector<VarianceShare> variance_shares(const Observations& observations, uint64_t seed);

}  // namespace sightline
