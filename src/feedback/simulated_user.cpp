#include "feedback/simulated_user.h"

#include <algorithm>
#include <cmath>

namespace sightline {

std::string_view simulated_judge_name(SimulatedJudge judge) {
  constexpr std::string_view kNames[] = {"honest", "random", "contrary", "first", "taste"};
  return kNames[static_cast<size_t>(judge)];
}

namespace feedback {
namespace {

bool opinion(const SimulatedUser& user, int64_t row, int64_t rank, bool is_relevant,
             Random& random) {
  constexpr uint64_t kTaste = 0x7461737465;
  switch (user.judge) {
    case SimulatedJudge::honest:
      return is_relevant;
    case SimulatedJudge::random:
      return random.below(2) == 1;
    case SimulatedJudge::contrary:
      return !is_relevant;
    case SimulatedJudge::first:
      return rank == 1;
    case SimulatedJudge::taste:
      break;
  }
  return Random({kTaste, static_cast<uint64_t>(row)}).below(2) == 1;
}

}  // namespace

std::vector<SimulatedJudgement> judge_ranking(std::span<const Hit> ranking,
                                              std::span<const int64_t> relevant,
                                              const SimulatedUser& user, Random& random) {
  std::vector<SimulatedJudgement> out;
  const auto depth = std::min(ranking.size(), static_cast<size_t>(std::max(user.depth, 0)));
  for (size_t i = 0; i < depth; ++i) {
    const auto rank = static_cast<int64_t>(i) + 1;
    const bool is_seen =
        random.uniform() < std::pow(static_cast<double>(rank), -user.position_bias);
    const bool is_wrong = random.uniform() < user.noise;
    const int64_t row = ranking[i].index;
    const bool is_relevant = std::ranges::binary_search(relevant, row);
    const bool answer = opinion(user, row, rank, is_relevant, random);
    if (is_seen) out.push_back({row, rank, answer != is_wrong});
  }
  return out;
}

}  // namespace feedback
}  // namespace sightline
