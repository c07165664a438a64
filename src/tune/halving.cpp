#include "tune/halving.h"

#include <algorithm>
#include <cmath>

namespace sightline {

Bracket halving_bracket(int64_t trials, double eta, int halvings) {
  Bracket bracket;
  for (int i = 0; i <= halvings; ++i) {
    const double kept = static_cast<double>(trials) * std::pow(eta, -i);
    const auto count = std::max<int64_t>(1, static_cast<int64_t>(std::floor(kept + 1e-9)));
    const double share = i == halvings ? 1 : std::pow(eta, i - halvings);
    if (!bracket.empty() && bracket.back().trials == count) {
      bracket.back().share = share;
    } else {
      bracket.push_back({count, share});
    }
  }
  return bracket;
}

int most_halvings(double eta, double least_share) {
  return std::max(0, static_cast<int>(std::floor(-std::log(least_share) / std::log(eta) + 1e-9)));
}

std::vector<Bracket> brackets_of(const TuningPlan& plan, int64_t trials) {
  if (trials < 1) return {};
  if (plan.method == TuningMethod::random) return {halving_bracket(trials, plan.eta, 0)};
  const int most = most_halvings(plan.eta, plan.least_share);
  if (plan.method == TuningMethod::successive_halving)
    return {halving_bracket(trials, plan.eta, most)};
  std::vector<double> parts;
  double sum = 0;
  for (int s = most; s >= 0; --s) {
    parts.push_back(std::ceil((most + 1.0) / (s + 1.0) * std::pow(plan.eta, s) - 1e-9));
    sum += parts.back();
  }
  std::vector<Bracket> brackets;
  double before = 0;
  int64_t used = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    before += parts[i];
    const auto upto =
        static_cast<int64_t>(std::llround(static_cast<double>(trials) * before / sum));
    if (upto > used)
      brackets.push_back(halving_bracket(upto - used, plan.eta, most - static_cast<int>(i)));
    used = upto;
  }
  return brackets;
}

}  // namespace sightline
