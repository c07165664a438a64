// The order of rows by date or path.
#pragma once

#include <sightline/search.h>

#include <span>
#include <vector>

#include "library/snapshot.h"
#include "library/sources.h"
#include "search/filter/filter_matcher.h"

namespace sightline::library {

// Collection::sorted_rows. The date and path of a row are those of its content's first item that
// meets the filter.
std::vector<int64_t> sort_rows(const Snapshot& snapshot, std::vector<int64_t> rows,
                               QueryOrder order, const Filter& filter,
                               std::span<const DatasetSource> sources,
                               const filter::ItemPathFn& path = filter::item_path);

}  // namespace sightline::library
