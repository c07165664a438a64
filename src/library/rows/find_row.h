// Finds items by name.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "library/snapshot.h"
#include "library/sources.h"
#include "search/filter/filter_matcher.h"

namespace sightline::library {

// Collection::find_item.
std::optional<int64_t> find_row(const Snapshot& snapshot, const std::string& name,
                                std::span<const DatasetSource> sources,
                                const filter::ItemPathFn& path = filter::item_path);

}  // namespace sightline::library
