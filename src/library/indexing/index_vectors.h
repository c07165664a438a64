// Adds the vectors of a vector set to a library.
#pragma once

#include <sightline/vectors.h>

#include <chrono>

#include "library/indexing/commit_interval.h"
#include "library/indexing/indexer.h"
#include "library/store/store.h"

namespace sightline::library {

// Adds the rows of `set` as items of a source, with their vectors, and removes items of the source
// that it no longer has. Rows that the library has already are not written again. Commits at this
// interval, and also what was done before `progress` throws cancelled: the next call continues.
// Throws what Store and VectorSet::items throw, and `progress`.
IndexCounts index_vector_set(Store& store, int64_t model, int64_t source, const VectorSet& set,
                             const ProgressFn& progress,
                             std::chrono::milliseconds commit_interval = kCommitInterval);

}  // namespace sightline::library
