// Query expansion with the vectors of the best items.
#pragma once

#include <sightline/configuration.h>
#include <sightline/index.h>
#include <sightline/matrix.h>

#include <cstdint>
#include <functional>
#include <span>

namespace sightline {

// Copies the vector of a row to `to`.
using CopyRow = std::function<void(int64_t row, std::span<float> to)>;

// Replaces `query`, of unit length, by unit(query + weight * unit(sum of the vectors of `hits`)).
// Leaves it unchanged without hits, or if the sum has no direction.
void expand_query(std::span<const Hit> hits, double weight, const CopyRow& copy,
                  std::span<float> query);

// The same for all queries, each with its options.hits best rows of `images`.
void expand_queries(const VectorIndex& images, const ExpansionOptions& options, Matrix& queries);

// Throws invalid_argument for a negative number of hits, or a weight that is negative or not
// finite.
void check_expansion(const ExpansionOptions& options);

}  // namespace sightline
