#include "search/arrange_hits.h"

#include <sightline/error.h>
#include <sightline/image_properties.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace sightline {
namespace {

// The inner product in double. Eight sums, so that the additions overlap; their order is fixed, so
// that the result is the same on every machine.
double cosine(std::span<const float> a, std::span<const float> b) {
  std::array<double, 8> sums{};
  size_t d = 0;
  for (; d + sums.size() <= a.size(); d += sums.size()) {
    for (size_t i = 0; i < sums.size(); ++i) sums[i] += static_cast<double>(a[d + i]) * b[d + i];
  }
  double sum = 0;
  for (; d < a.size(); ++d) sum += static_cast<double>(a[d]) * b[d];
  for (const double one : sums) sum += one;
  return sum;
}

// Consecutive hits of a ranking with what their images are compared by.
class Portion {
 public:
  Portion(const Collection& collection, std::span<const Hit> hits, bool hashes)
      : hits_(hits), vectors_(static_cast<int64_t>(hits.size()), collection.vectors().dim()) {
    std::vector<int64_t> rows;
    for (size_t i = 0; i < hits.size(); ++i) {
      rows.push_back(hits[i].index);
      collection.vectors().copy_row(hits[i].index, vectors_.row(static_cast<int64_t>(i)));
    }
    if (hashes) hashes_ = collection.perceptual_hashes(rows);
  }

  size_t size() const { return hits_.size(); }
  const Hit& hit(size_t i) const { return hits_[i]; }

  double cosine_of(size_t a, size_t b) const {
    return cosine(vectors_.row(static_cast<int64_t>(a)), vectors_.row(static_cast<int64_t>(b)));
  }

  bool near(size_t a, size_t b, const NearDuplicateOptions& options) const {
    const auto comparable = [&](size_t i) { return hashes_[i].value_or(0) != 0; };
    if (!comparable(a) || !comparable(b)) return cosine_of(a, b) >= options.cosine_without_hash;
    return hamming_distance(*hashes_[a], *hashes_[b]) <= options.hash_distance &&
           cosine_of(a, b) >= options.cosine;
  }

 private:
  std::span<const Hit> hits_;
  Matrix vectors_;
  std::vector<std::optional<uint64_t>> hashes_;
};

// Places in a portion.
struct Group {
  size_t first = 0;
  std::vector<size_t> duplicates;
};

// Returns the first `wanted` groups, complete. A hit belongs to the first group whose first hit it
// is near to.
std::vector<Group> fold(const Portion& portion, const NearDuplicateOptions* options,
                        size_t wanted) {
  std::vector<Group> groups;
  for (size_t i = 0; i < portion.size(); ++i) {
    const auto at = std::ranges::find_if(groups, [&](const Group& group) {
      return options != nullptr && portion.near(group.first, i, *options);
    });
    if (at != groups.end()) {
      at->duplicates.push_back(i);
    } else if (groups.size() < wanted) {
      groups.push_back({i, {}});
    } else if (options == nullptr) {
      break;
    }
  }
  return groups;
}

// Returns the first `wanted` groups in the order of maximal marginal relevance.
std::vector<Group> diversify(const Portion& portion, std::vector<Group> groups, double diversity,
                             size_t wanted) {
  std::vector<double> nearest(groups.size(), -std::numeric_limits<double>::infinity());
  std::vector<bool> taken(groups.size());
  std::vector<Group> out;
  while (out.size() < std::min(wanted, groups.size())) {
    size_t best = groups.size();
    double best_value = 0;
    for (size_t i = 0; i < groups.size(); ++i) {
      if (taken[i]) continue;
      const double redundancy = out.empty() ? 0 : diversity * nearest[i];
      const double value = (1 - diversity) * portion.hit(groups[i].first).similarity - redundancy;
      if (best == groups.size() || value > best_value) {
        best = i;
        best_value = value;
      }
    }
    taken[best] = true;
    const size_t chosen = groups[best].first;
    out.push_back(std::move(groups[best]));
    for (size_t i = 0; i < groups.size(); ++i) {
      if (!taken[i]) nearest[i] = std::max(nearest[i], portion.cosine_of(chosen, groups[i].first));
    }
  }
  return out;
}

}  // namespace

bool arranges(const CollectionSearchOptions& options) {
  return options.group.has_value() || options.diversity > 0;
}

void check_arrangement(const CollectionSearchOptions& options) {
  if (!(options.diversity >= 0 && options.diversity < 1)) {
    throw Error(ErrorCode::invalid_argument, "the diversity of a search is ", options.diversity,
                "; expected at least 0 and less than 1");
  }
  if (!options.group) return;
  const NearDuplicateOptions& group = *options.group;
  if (group.hash_distance < 0 || group.hash_distance > 64) {
    throw Error(ErrorCode::invalid_argument, "the largest hash distance of near-duplicates is ",
                group.hash_distance, "; expected 0 to 64");
  }
  for (const double cosine : {group.cosine, group.cosine_without_hash}) {
    if (!(cosine >= -1 && cosine <= 1)) {
      throw Error(ErrorCode::invalid_argument, "the smallest cosine of near-duplicates is ", cosine,
                  "; expected -1 to 1");
    }
  }
}

ArrangedHits arrange_hits(const Collection& collection, std::span<const Hit> ranking,
                          int64_t wanted, const std::optional<NearDuplicateOptions>& group,
                          double diversity) {
  ArrangedHits out;
  const NearDuplicateOptions* const fold_by = group ? &*group : nullptr;
  for (size_t begin = 0; begin < ranking.size(); begin += kArrangedPortion) {
    const auto left = static_cast<size_t>(wanted) - out.hits.size();
    if (left == 0) break;
    const Portion portion(
        collection,
        ranking.subspan(begin, std::min<size_t>(kArrangedPortion, ranking.size() - begin)),
        group.has_value());
    std::vector<Group> groups = fold(portion, fold_by, diversity > 0 ? portion.size() : left);
    if (diversity > 0) groups = diversify(portion, std::move(groups), diversity, left);
    for (const Group& one : groups) {
      const Hit& first = portion.hit(one.first);
      out.hits.push_back(first);
      for (const size_t i : one.duplicates) out.duplicates[first.index].push_back(portion.hit(i));
    }
  }
  return out;
}

}  // namespace sightline
