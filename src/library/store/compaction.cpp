#include "library/store/compaction.h"

#include <algorithm>
#include <map>

#include "library/segments/segment.h"

namespace sightline::library {
namespace {

constexpr size_t kManySimilar = 8;
constexpr int64_t kTierFactor = 8;
constexpr int64_t kSmallestTier = 64;  // rows

int tier_of(int64_t rows) {
  int tier = 0;
  for (int64_t limit = kSmallestTier; rows > limit; limit *= kTierFactor) ++tier;
  return tier;
}

}  // namespace

std::vector<std::vector<size_t>> plan_compaction(std::span<const SegmentSize> segments, bool all) {
  std::vector<size_t> chosen;
  std::map<int, std::vector<size_t>> tiers;
  for (size_t i = 0; i < segments.size(); ++i) {
    const auto [rows, dead] = segments[i];
    const bool rewrite = all ? dead > 0 : 4 * dead > rows;
    if (rewrite) {
      chosen.push_back(i);
    } else if (rows - dead <= kMostSegmentRows / 2) {
      tiers[all ? 0 : tier_of(rows - dead)].push_back(i);
    }
  }
  for (const auto& [tier, similar] : tiers) {
    if (all || similar.size() >= kManySimilar)
      chosen.insert(chosen.end(), similar.begin(), similar.end());
  }
  std::ranges::sort(chosen);
  // Each goes to the first group with room for it. So at most one group is at most half full, and
  // no merged segment is merged again.
  std::vector<std::vector<size_t>> groups;
  std::vector<int64_t> live;  // rows of each group
  for (const size_t i : chosen) {
    const int64_t here = segments[i].rows - segments[i].dead;
    size_t group = 0;
    while (group < groups.size() && live[group] + here > kMostSegmentRows) ++group;
    if (group == groups.size()) {
      groups.emplace_back();
      live.push_back(0);
    }
    groups[group].push_back(i);
    live[group] += here;
  }
  // A segment without dead rows that is alone in its group would be copied for nothing.
  std::erase_if(groups, [&](const std::vector<size_t>& group) {
    return group.size() == 1 && segments[group[0]].dead == 0;
  });
  return groups;
}

}  // namespace sightline::library
