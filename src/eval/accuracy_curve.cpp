#include "eval/accuracy_curve.h"

#include <algorithm>

namespace sightline {

int64_t curve_length(int64_t candidates) {
  constexpr int64_t kLargest = 50;
  return std::min(kLargest, candidates);
}

std::vector<double> accuracy_at_k(std::span<const int64_t> ranks, int64_t candidates) {
  const auto length = static_cast<size_t>(curve_length(candidates));
  std::vector<double> accuracy(length, 0);
  int64_t queries = 0, hits = 0;
  std::vector<int64_t> with_rank(length, 0);
  for (const int64_t rank : ranks) {
    if (rank <= 0) continue;
    ++queries;
    if (static_cast<size_t>(rank) <= length) ++with_rank[static_cast<size_t>(rank) - 1];
  }
  for (size_t i = 0; i < length && queries > 0; ++i) {
    hits += with_rank[i];
    accuracy[i] = static_cast<double>(hits) / static_cast<double>(queries);
  }
  return accuracy;
}

}  // namespace sightline
