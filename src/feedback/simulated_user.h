// A simulated user's judgements of one ranking.
#pragma once

#include <sightline/feedback_simulation.h>
#include <sightline/index.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"

namespace sightline::feedback {

struct SimulatedJudgement {
  int64_t row = 0;
  int64_t rank = 1;
  bool relevant = false;
};

// `ranking`: best first. `relevant`: rows with the query's label, ascending.
std::vector<SimulatedJudgement> judge_ranking(std::span<const Hit> ranking,
                                              std::span<const int64_t> relevant,
                                              const SimulatedUser& user, Random& random);

}  // namespace sightline::feedback
