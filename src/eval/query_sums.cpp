#include "eval/query_sums.h"

namespace sightline {
namespace {

// The contribution of one query to the sum of a metric.
double query_value(Metric metric, int64_t rank, double precision, double gain, int64_t candidates,
                   int top_k) {
  const bool ranked = rank <= candidates;  // else the relevant similarity is NaN
  switch (metric) {
    case Metric::accuracy:
      return ranked && rank <= top_k;
    case Metric::weighted_score:
      return ranked && rank <= top_k ? static_cast<double>(int64_t{top_k} + 1 - rank) : 0;
    case Metric::recall_at_1:
      return ranked && rank <= 1;
    case Metric::recall_at_5:
      return ranked && rank <= 5;
    case Metric::recall_at_10:
      return ranked && rank <= 10;
    case Metric::mean_reciprocal_rank:
      return ranked ? 1.0 / static_cast<double>(rank) : 0;
    case Metric::ndcg_at_10:
      return gain;
    case Metric::mean_average_precision:
      return precision;
    default:
      return static_cast<double>(rank);
  }
}

}  // namespace

ClusterSums cluster_sums(const ExperimentResult& result, const ModelResult& model, View view,
                         std::span<const int64_t> cluster_of_row, int64_t clusters) {
  const bool text_queries = view == View::text_to_image || view == View::text_to_image_equivalent;
  const std::vector<int64_t>& ranks = ranks_of(model.ranks, view);
  const QueryGains& gains = gains_of(model.ranks, view);
  const int64_t candidates = metrics_of(model.metrics, view).candidates;
  const auto count = static_cast<size_t>(clusters);
  ClusterSums out;
  out.means.assign(kMeanMetrics.size(), {std::vector<double>(count), {}});
  std::vector<double> weight(count);
  for (size_t q = 0; q < ranks.size(); ++q) {
    const auto row = text_queries ? static_cast<size_t>(result.text_row[q]) : q;
    const int64_t cluster = cluster_of_row[row];
    if (ranks[q] <= 0 || cluster < 0) continue;
    const auto c = static_cast<size_t>(cluster);
    weight[c] += 1;
    for (size_t m = 0; m < kMeanMetrics.size(); ++m) {
      out.means[m].sum[c] += query_value(kMeanMetrics[m], ranks[q], gains.average_precision[q],
                                         gains.ndcg_at_10[q], candidates, result.top_k);
    }
    out.ranks.items.push_back({static_cast<double>(ranks[q]), cluster});
  }
  for (RatioStatistic& mean : out.means) mean.weight = weight;
  return out;
}

}  // namespace sightline
