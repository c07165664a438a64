// Queries to vectors: weighted sums of their terms.
#pragma once

#include <sightline/search.h>

#include <span>
#include <string>
#include <vector>

namespace sightline {

struct QueryVectors {
  Matrix vectors;                           // (queries, D); zeros for a query without terms
  std::vector<std::vector<int64_t>> parts;  // per query and term: see QueryHits::parts
};

// Encodes the terms of all queries and adds them up, as search_collection defines it. Throws what
// search_collection throws.
QueryVectors query_vectors(std::span<const Query> queries, const Collection& collection,
                           const Model* model, std::span<const std::string> templates,
                           const TextCorrection* correction, std::vector<std::string>& warnings);

}  // namespace sightline
