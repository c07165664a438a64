// What each cluster (image) adds to each figure of one view.
#pragma once

#include <sightline/experiment.h>

#include <array>
#include <span>
#include <vector>

#include "eval/bootstrap.h"

namespace sightline {

// The figures that are means over queries; the score is queries * accuracy, and the weighted score
// queries * a mean.
inline constexpr std::array kMeanMetrics = {
    Metric::accuracy,    Metric::weighted_score,         Metric::recall_at_1,
    Metric::recall_at_5, Metric::recall_at_10,           Metric::mean_reciprocal_rank,
    Metric::ndcg_at_10,  Metric::mean_average_precision, Metric::mean_rank};

struct ClusterSums {
  std::vector<RatioFigure> means;  // in the order of kMeanMetrics
  MedianFigure median;             // of the ranks
};

// `cluster_of_row`: the number of a row's cluster, or -1 for a row that does not take part. Queries
// of `view` belong to the row of their caption, or are the row.
ClusterSums cluster_sums(const ExperimentResult& result, const ModelResult& model, View view,
                         std::span<const int64_t> cluster_of_row, int64_t clusters);

}  // namespace sightline
