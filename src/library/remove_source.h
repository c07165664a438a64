// Forgets a root or a data set.
#pragma once

#include <sightline/library.h>

#include "library/store/store.h"

namespace sightline::library {

// Removes the root or the data set `path` with its items, and commits. Items below another root
// stay. Throws not_found if there is neither.
IndexSummary remove_source(Store& store, const std::filesystem::path& path);

}  // namespace sightline::library
