// Successive halving and Hyperband: how many trials are evaluated on which share of the data.
#pragma once

#include <sightline/tune.h>

#include <cstdint>
#include <vector>

namespace sightline {

struct Rung {
  int64_t trials = 0;
  double share = 1;
};
// Rungs of increasing share, the last one 1. A rung continues the best trials of the one before.
using Bracket = std::vector<Rung>;

// Successive halving with `halvings` s: rung i of floor(n eta^-i) trials, at least one, on the
// share eta^(i - s). Without a trial to drop between two rungs, the earlier one is left out.
// Source: Li et al., Hyperband, JMLR 18 (2018), algorithm 1, inner loop; it is successive halving
// of Jamieson and Talwalkar, AISTATS 2016, with a geometric schedule.
Bracket halving_bracket(int64_t trials, double eta, int halvings);

// The largest s with eta^-s >= least_share.
int most_halvings(double eta, double least_share);

// The brackets of a plan with this many trials besides the default.
//   random              one bracket of one rung
//   successive_halving  one bracket with most_halvings()
//   hyperband           s = most_halvings(), …, 0 with numbers of trials in proportion to
//                       ceil((s_max + 1) / (s + 1) * eta^s), as in Hyperband
std::vector<Bracket> brackets_of(const TuningPlan& plan, int64_t trials);

}  // namespace sightline
