// Filters, evaluated on a catalogue.
#pragma once

#include <sightline/search.h>

#include <functional>
#include <span>

#include "library/snapshot.h"
#include "library/sources.h"
#include "search/filter/filter_matcher.h"

namespace sightline::library {

// Collection::rows_matching. A content is in the result if one of its items meets all conditions.
// The same rows as of FilterMatcher on all items; ranges, tags and captions use indexes, and of
// other items only what the conditions depend on is read.
RowMask filter_rows(const Snapshot& snapshot, const Filter& filter,
                    std::span<const DatasetSource> sources,
                    const filter::ItemPathFn& path = filter::item_path);

// Calls `met` with the id and content of each item that meets all conditions and whose content has
// a row. The caller has the snapshot's catalogue.
void filter_items(const Snapshot& snapshot, Catalogue& catalogue, const Filter& filter,
                  std::span<const DatasetSource> sources, const filter::ItemPathFn& path,
                  const std::function<void(int64_t item, int64_t content)>& met);

}  // namespace sightline::library
