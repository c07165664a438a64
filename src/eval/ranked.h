// Where the right candidates of each query stand, and what follows from it.
#pragma once

#include <sightline/metrics.h>

#include <cstdint>
#include <vector>

#include "eval/relevance.h"

namespace sightline {

struct RankedQueries {
  std::vector<int64_t> rank;  // of the best right candidate; 0 where there is none
  QueryGains gains;
};

// Compares every query with every candidate, in blocks.
RankedQueries rank_queries(const Matrix& queries, const Matrix& candidates,
                           const RightAnswers& right);

// Average precision and nDCG@10 of one query: `positions` (ascending, from 1) of the right
// candidates that are ranked, of `right` in all (>= positions.size(), >= 1).
// Source: trec_eval 9.0, m_map.c and m_ndcg_cut.c (gain 1, discount log2(position + 1)).
double average_precision(std::span<const int64_t> positions, int64_t right);
double ndcg_at_10(std::span<const int64_t> positions, int64_t right);

}  // namespace sightline
