// Terms of queries to vectors.
#pragma once

#include <sightline/search.h>

#include <span>
#include <string>
#include <vector>

namespace sightline {

// Returns (terms, D): texts and images through `model`, vectors as they are, items from the
// collection. `model` may be null if no term is a text or an image. Appends a warning for each text
// that was truncated. Throws invalid_argument, invalid_data, not_found.
Matrix encode_terms(std::span<const QueryTerm* const> terms, const Collection& collection,
                    const Model* model, std::vector<std::string>& warnings);

}  // namespace sightline
