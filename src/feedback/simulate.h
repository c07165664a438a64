// Parts of simulate_feedback.
#pragma once

#include <sightline/feedback_simulation.h>

#include <set>
#include <vector>

#include "feedback/correction_map.h"
#include "feedback/labels.h"

namespace sightline::feedback {

// Data that all simulations of a collection share.
struct SimulationData {
  const VectorIndex& images;
  std::vector<LabelQuery> queries;
  Matrix texts;       // one per query
  Matrix background;  // texts that are not judged
};

struct RankingQuality {
  double ndcg_at_10 = 0, recall_at_50 = 0;
};

// Of rankings by these vectors, for the queries. `without`: rows that are left out, one set per
// query; empty: none.
std::vector<RankingQuality> rank_queries(const SimulationData& data,
                                         const std::vector<int64_t>& queries, const Matrix& vectors,
                                         const std::vector<std::set<int64_t>>& without = {});

std::vector<CorrectionPoint> simulate_corrections(const SimulationData& data,
                                                  const SimulationOptions& options);
std::vector<JudgePoint> simulate_judges(const SimulationData& data,
                                        const SimulationOptions& options);
// The gain of Rocchio for `queries` after so many judgements of the best images.
RocchioPoint simulate_rocchio(const SimulationData& data, const std::vector<int64_t>& queries,
                              int64_t judgements, const RocchioWeights& weights,
                              const SimulationOptions& options);

}  // namespace sightline::feedback
