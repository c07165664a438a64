// Queries to vectors: weighted sums of their terms.
#pragma once

#include <sightline/search.h>

#include <span>
#include <string>
#include <vector>

namespace sightline {

// Returns (queries, D), as search_collection defines them; zeros for a query without terms. Throws
// what search_collection throws.
Matrix query_vectors(std::span<const Query> queries, const Collection& collection,
                     const Model* model, std::vector<std::string>& warnings);

// Writes the sum of weight * vector / |vector|, scaled to unit length, to `out`. `vectors`: row i
// is that of terms[i]. Returns false, without writing, if the sum is so small that its direction is
// that of rounding errors. Throws invalid_argument for a vector without a direction.
bool weighted_sum(std::span<const QueryTerm> terms, const Matrix& vectors, int64_t first,
                  std::span<float> out);

}  // namespace sightline
