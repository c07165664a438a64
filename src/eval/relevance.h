// Which candidates are right for a query, by either definition of sightline/metrics.h.
#pragma once

#include <sightline/metrics.h>

#include <cstdint>
#include <vector>

namespace sightline {

// For every query the candidates that are right, ascending and without repeats; none where the
// query is not asked.
using RightAnswers = std::vector<std::vector<int64_t>>;

struct BothDirections {
  RightAnswers images_of_text;  // M
  RightAnswers texts_of_image;  // N
};

// The set must have been checked: indices within bounds, as many of them as texts.
BothDirections strict_answers(const RetrievalSet& set);
BothDirections equivalent_answers(const RetrievalSet& set);

// Throws invalid_argument where sizes or indices do not fit.
void check_set(const RetrievalSet& set);

}  // namespace sightline
