// Indexes over several arrays: the immutable segments of a library, the shards of a vector set.
#pragma once

#include <sightline/index.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "index/segments.h"

namespace sightline::index {

// Rows are numbered across the segments, in order. Nothing is copied; `owner` is kept as long as
// the index is and keeps the memory of the segments. Rows that are not live are never hits, and
// vectors in half precision are compared as their f32 values. Vectors must be finite, and max_norm,
// residuals and their maxima must be the bounds that row_set.h describes. Throws invalid_argument
// for segments of other dimensions than `dim`, or without vectors.
VectorIndex make_segmented_index(std::vector<IndexSegment> segments, int64_t dim,
                                 std::shared_ptr<const void> owner);

// The rows of `parts`, one after the other, without those of `left_out` (ascending numbers over all
// parts), which get no number. Nothing is copied; `parts` is kept as long as the index is and must
// not change. Throws invalid_argument for parts of different dimensions, and without a part.
VectorIndex make_joined_index(std::shared_ptr<const std::vector<VectorIndex>> parts,
                              std::vector<int64_t> left_out = {});

}  // namespace sightline::index
