// Queries to vectors.
#pragma once

#include <sightline/search.h>

#include <span>
#include <string>
#include <vector>

namespace sightline {

// (queries, dim): texts and images through `model`, vectors as they are. `model` may be null where
// every query is a vector. Appends a warning for each text that was truncated. Throws
// invalid_argument, invalid_data.
Matrix encode_queries(std::span<const Query> queries, const Model* model, int64_t dim,
                      std::vector<std::string>& warnings);

}  // namespace sightline
