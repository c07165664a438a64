// Paired tests between models: sign flips, and Holm's correction.
#include <sightline/error.h>
#include <sightline/statistics.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>
#include <string>

#include "base/parallel.h"
#include "base/random.h"

namespace sightline {
namespace {

constexpr uint64_t kPurpose = 0x7065726d75746573u;  // "permutes"

std::vector<double> without_zeros(std::span<const double> differences) {
  std::vector<double> kept;
  for (const double d : differences) {
    if (!std::isfinite(d)) {
      throw Error(ErrorCode::invalid_argument,
                  "a paired test needs finite differences, found NaN or infinity");
    }
    if (d != 0) kept.push_back(d);
  }
  return kept;
}

// Enumerates all sign assignments in Gray code order: consecutive ones differ in a single sign. By
// symmetry, the last difference keeps its sign.
PermutationResult exact_test(const std::vector<double>& differences, double threshold) {
  const size_t free = differences.size() - 1;
  const uint64_t assignments = uint64_t{1} << free;
  uint64_t reached = 0;
  std::vector<double> sign(differences.size(), 1.0);
  for (uint64_t i = 0; i < assignments; ++i) {
    if (i > 0) sign[static_cast<size_t>(__builtin_ctzll(i))] *= -1;
    double sum = 0;
    for (size_t c = 0; c < differences.size(); ++c) sum += sign[c] * differences[c];
    reached += std::abs(sum) >= threshold;
  }
  return {static_cast<double>(reached) / static_cast<double>(assignments), true};
}

double random_sum(const std::vector<double>& differences, uint64_t seed, int64_t permutation) {
  Random random({seed, kPurpose, static_cast<uint64_t>(permutation)});
  double sum = 0;
  uint64_t bits = 0;
  for (size_t c = 0; c < differences.size(); ++c) {
    if (c % 64 == 0) bits = random.next();
    // Branchless: the sign is random, so a branch would be mispredicted half of the time.
    sum += differences[c] * static_cast<double>(1 - 2 * static_cast<int>(bits & 1));
    bits >>= 1;
  }
  return sum;
}

}  // namespace

PermutationResult sign_flip_test(std::span<const double> differences, int permutations,
                                 uint64_t seed) {
  if (permutations < 1) {
    throw Error(
        ErrorCode::invalid_argument,
        "a permutation test needs at least 1 permutation, found " + std::to_string(permutations));
  }
  const std::vector<double> kept = without_zeros(differences);
  if (kept.empty()) return {1, true};
  double sum = 0, absolute_sum = 0;
  for (const double d : kept) {
    sum += d;
    absolute_sum += std::abs(d);
  }
  // Sums of the same terms in other sign assignments round differently; sums that differ by
  // rounding only must count as equal.
  const double threshold = std::abs(sum) - 1e-12 * absolute_sum;
  if (kept.size() < 31 && (int64_t{1} << kept.size()) <= permutations)
    return exact_test(kept, threshold);
  int64_t reached = 0;
  std::mutex mutex;
  parallel_for(permutations, 64, [&](int64_t begin, int64_t end) {
    int64_t here = 0;
    for (int64_t i = begin; i < end; ++i) here += std::abs(random_sum(kept, seed, i)) >= threshold;
    const std::lock_guard lock(mutex);
    reached += here;
  });
  return {static_cast<double>(reached + 1) / (static_cast<double>(permutations) + 1), false};
}

std::vector<double> holm(std::span<const double> p) {
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p[a] < p[b]; });
  std::vector<double> corrected(p.size());
  double largest = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    largest = std::max(largest, p[order[i]] * static_cast<double>(p.size() - i));
    corrected[order[i]] = std::min(1.0, largest);
  }
  return corrected;
}

}  // namespace sightline
