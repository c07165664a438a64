// Terms of queries to vectors.
#pragma once

#include <sightline/search.h>

#include <span>
#include <string>
#include <vector>

namespace sightline {

struct EncodedTerms {
  Matrix vectors;              // (terms, D)
  std::vector<int64_t> parts;  // per term: number of parts in which its text was read, else 1
};

// Encodes texts and images through `model`, takes vectors as they are, and those of items from the
// collection. `model` may be null if no term is a text or an image, and `correction` if texts are
// not corrected. Appends a warning for each text that is longer than the context. Throws
// invalid_argument, invalid_data, not_found.
EncodedTerms encode_terms(std::span<const QueryTerm* const> terms, const Collection& collection,
                          const Model* model, std::span<const std::string> templates,
                          const TextCorrection* correction, std::vector<std::string>& warnings);

}  // namespace sightline
