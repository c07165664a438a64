// Interleaved rounds: jobs that alternate, so that noise of the machine affects all equally.
#pragma once

#include <functional>
#include <vector>

namespace sightline {

struct Timing {
  double median = 0, best = 0;  // seconds a run
};

// Runs each job once uncounted, then in each of `rounds` rounds (at least one) repeats each job for
// at least `least_seconds`. Returns a timing for each job, over the rounds.
std::vector<Timing> run_interleaved(const std::vector<std::function<void()>>& jobs, int rounds,
                                    double least_seconds);

}  // namespace sightline
