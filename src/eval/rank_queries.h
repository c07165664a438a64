// Ranks of the relevant candidates of each query, and the gains computed from them.
#pragma once

#include <sightline/metrics.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "eval/relevance.h"

namespace sightline {

struct RankedQueries {
  std::vector<int64_t> rank;  // rank of the best relevant candidate; 0 if there is none
  QueryGains gains;
};

// Compares every query that has a relevant candidate with every candidate, in blocks, on all cores.
// `ranked` receives the number of queries that were finished since its last call; may be empty.
// Throws invalid_argument if the dimensions differ, and what `ranked` throws.
RankedQueries rank_queries(const Matrix& queries, const Matrix& candidates,
                           const RelevantCandidates& relevant,
                           const std::function<void(int64_t)>& ranked = {});

// Average precision and nDCG@10 of one query.
//   positions   one-based positions of the ranked relevant candidates, ascending
//   relevant    number of relevant candidates, >= 1 and >= positions.size(): those with a NaN
//               similarity are not ranked
// Source: trec_eval 9.0, m_map.c and m_ndcg_cut.c (gain 1, discount log2(position + 1)).
double average_precision(std::span<const int64_t> positions, int64_t relevant);
double ndcg_at_10(std::span<const int64_t> positions, int64_t relevant);

}  // namespace sightline
