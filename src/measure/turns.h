// Jobs that take turns, so that a slow minute of the machine meets all of them.
#pragma once

#include <functional>
#include <vector>

namespace sightline {

struct Timing {
  double median = 0, best = 0;  // seconds a run
};

// Each job once uncounted, then `rounds` rounds in which each repeats for at least `least_seconds`.
std::vector<Timing> take_turns(const std::vector<std::function<void()>>& jobs, int rounds,
                               double least_seconds);

}  // namespace sightline
