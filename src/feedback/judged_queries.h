// Judged queries as vectors, for learning.
#pragma once

#include <sightline/feedback.h>
#include <sightline/matrix.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sightline::feedback {

// Queries with judgements of both kinds.
struct JudgedQueries {
  Matrix texts;                                            // (Q, D), unit length, not corrected
  Matrix images;                                           // (I, D) judged images, unit length
  std::vector<std::vector<int64_t>> relevant, irrelevant;  // Q: rows of `images`
  std::vector<int64_t> groups;  // Q: queries with nearly equal texts have equal numbers, from 0
  int64_t judgements = 0;
};

// At most that many queries are used, those with the newest judgements: time grows with Q^3.
inline constexpr size_t kMostQueries = 1000;

// Encodes the queries that are one text and looks up the images that the collection still has.
// judgements: newest first.
JudgedQueries judged_queries(std::span<const Judgement> judgements, const Collection& collection,
                             const Model& model);

// Returns the groups of texts that are connected by cosines of at least 0.95.
std::vector<int64_t> group_texts(const Matrix& texts);

}  // namespace sightline::feedback
