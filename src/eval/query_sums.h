// Sums the contributions of queries to each metric, per cluster (image).
#pragma once

#include <sightline/experiment.h>

#include <array>
#include <span>
#include <vector>

#include "eval/bootstrap.h"

namespace sightline {

// The metrics that are means over queries, or multiples of such means: score = queries * accuracy,
// and the weighted score = queries * its mean per query.
inline constexpr std::array kMeanMetrics = {
    Metric::accuracy,    Metric::weighted_score,         Metric::recall_at_1,
    Metric::recall_at_5, Metric::recall_at_10,           Metric::mean_reciprocal_rank,
    Metric::ndcg_at_10,  Metric::mean_average_precision, Metric::mean_rank};

struct ClusterSums {
  std::vector<RatioStatistic> means;  // in the order of kMeanMetrics
  RankStatistic ranks;                // without cuts
};

// Sums the queries of one view over `clusters` clusters.
//   cluster_of_row   the cluster index of each row, or -1 to leave the row out. A text query
//   belongs
//                    to the row of its caption; an image query is the row.
ClusterSums cluster_sums(const ExperimentResult& result, const ModelResult& model, View view,
                         std::span<const int64_t> cluster_of_row, int64_t clusters);

}  // namespace sightline
