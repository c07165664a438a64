// Queries that every model fails.
#include <sightline/overview.h>

#include <algorithm>
#include <functional>
#include <limits>

namespace sightline {
namespace {

// `best_rank(i)`: the best rank of query i over the models; one up to `k` is not hard.
HardCases find_hard(size_t queries, int64_t k, size_t most,
                    const std::function<int64_t(size_t)>& best_rank) {
  HardCases found;
  for (size_t i = 0; i < queries; ++i) {
    const int64_t best = best_rank(i);
    if (best > k) found.worst.push_back({static_cast<int64_t>(i), best});
  }
  found.count = static_cast<int64_t>(found.worst.size());
  std::ranges::stable_sort(found.worst, std::greater<>(), &HardCase::best_rank);
  found.worst.resize(std::min(most, found.worst.size()));
  return found;
}

constexpr int64_t kNoRank = std::numeric_limits<int64_t>::max();

}  // namespace

HardCases hard_cases(const ExperimentResult& result, size_t most) {
  if (result.models.empty()) return {};
  return find_hard(result.text_row.size(), result.top_k, most, [&](size_t t) {
    int64_t best = kNoRank;
    for (const ModelResult& model : result.models) best = std::min(best, model.ranks.text_rank[t]);
    return best;
  });
}

HardCases hard_cases(const ClassificationResult& result, size_t most) {
  if (result.models.empty() || result.multilabel) return {};
  return find_hard(result.images.size(), 1, most, [&](size_t i) {
    int64_t best = kNoRank;
    for (const ClassifiedModel& model : result.models) best = std::min(best, model.ranks[i]);
    return best;
  });
}

}  // namespace sightline
