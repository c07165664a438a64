// Arranges hits: folds near-duplicates, and picks diverse hits first.
#pragma once

#include <sightline/search.h>

#include <map>
#include <span>
#include <vector>

namespace sightline {

// Hits are arranged in portions of so many of the ranking, so that a hit's place depends neither on
// the page nor on hits far behind it, and the cost grows linearly.
inline constexpr int64_t kArrangedPortion = 1000;

struct ArrangedHits {
  std::vector<Hit> hits;
  // The near-duplicates that are folded under a hit, by its row, best first.
  std::map<int64_t, std::vector<Hit>> duplicates;
};

// Whether the options change the ranking.
bool arranges(const CollectionSearchOptions& options);

// Throws invalid_argument for options out of range.
void check_arrangement(const CollectionSearchOptions& options);

// Arranges a ranking, best first, that ends at a multiple of kArrangedPortion or has all hits.
// Returns the first `wanted` hits, fewer if there are no more. `diversity`: 0 keeps the order.
ArrangedHits arrange_hits(const Collection& collection, std::span<const Hit> ranking,
                          int64_t wanted, const std::optional<NearDuplicateOptions>& group,
                          double diversity);

}  // namespace sightline
