// Adds the vectors of a vector set to a library.
#pragma once

#include <sightline/vectors.h>

#include "library/indexing/indexer.h"
#include "library/store/store.h"

namespace sightline::library {

// Adds the rows of `set` as items of a source, with their vectors, and removes items of the source
// that it no longer has. Commits. Throws what Store and VectorSet::items throw, and `progress`.
IndexCounts index_vector_set(Store& store, int64_t model, int64_t source, const VectorSet& set,
                             const ProgressFn& progress);

}  // namespace sightline::library
