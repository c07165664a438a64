// The relevant candidates of each query, under both definitions of sightline/metrics.h.
#pragma once

#include <sightline/metrics.h>

#include <cstdint>
#include <vector>

namespace sightline {

// For each query the indices of its relevant candidates, ascending and unique. Empty for an image
// without a text, which is not a query.
using RelevantCandidates = std::vector<std::vector<int64_t>>;

struct DirectionalRelevance {
  RelevantCandidates images_of_text;  // M
  RelevantCandidates texts_of_image;  // N
};

// The set must have passed check_retrieval_set.
DirectionalRelevance strict_relevance(const RetrievalSet& set);
DirectionalRelevance equivalent_relevance(const RetrievalSet& set);

// Throws invalid_argument if sizes or indices do not match.
void check_retrieval_set(const RetrievalSet& set);

}  // namespace sightline
