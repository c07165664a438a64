// Names and values of metrics and views, for loops over all of them.
#include <sightline/metrics.h>

#include <utility>

namespace sightline {

const char* metric_name(Metric metric) {
  switch (metric) {
    case Metric::score:
      return "score";
    case Metric::accuracy:
      return "accuracy";
    case Metric::weighted_score:
      return "weighted_score";
    case Metric::recall_at_1:
      return "recall_at_1";
    case Metric::recall_at_5:
      return "recall_at_5";
    case Metric::recall_at_10:
      return "recall_at_10";
    case Metric::mean_reciprocal_rank:
      return "mean_reciprocal_rank";
    case Metric::ndcg_at_10:
      return "ndcg_at_10";
    case Metric::mean_average_precision:
      return "mean_average_precision";
    case Metric::median_rank:
      return "median_rank";
    case Metric::mean_rank:
      return "mean_rank";
  }
  return "";
}

double metric_value(const DirectionMetrics& m, Metric metric) {
  switch (metric) {
    case Metric::score:
      return static_cast<double>(m.score);
    case Metric::accuracy:
      return m.accuracy;
    case Metric::weighted_score:
      return static_cast<double>(m.weighted_score);
    case Metric::recall_at_1:
      return m.recall_at_1;
    case Metric::recall_at_5:
      return m.recall_at_5;
    case Metric::recall_at_10:
      return m.recall_at_10;
    case Metric::mean_reciprocal_rank:
      return m.mean_reciprocal_rank;
    case Metric::ndcg_at_10:
      return m.ndcg_at_10;
    case Metric::mean_average_precision:
      return m.mean_average_precision;
    case Metric::median_rank:
      return m.median_rank;
    case Metric::mean_rank:
      return m.mean_rank;
  }
  return 0;
}

std::optional<Interval> metric_interval(const DirectionMetrics& metrics, Metric metric) {
  if (metrics.intervals.empty()) return std::nullopt;
  return metrics.intervals.at(static_cast<size_t>(metric));
}

const char* view_name(View view) {
  switch (view) {
    case View::text_to_image:
      return "text_to_image";
    case View::image_to_text:
      return "image_to_text";
    case View::text_to_image_equivalent:
      return "text_to_image_caption_equivalent";
    case View::image_to_text_equivalent:
      return "image_to_text_caption_equivalent";
  }
  return "";
}

const DirectionMetrics& metrics_of(const RetrievalMetrics& metrics, View view) {
  switch (view) {
    case View::image_to_text:
      return metrics.image_to_text;
    case View::text_to_image_equivalent:
      return metrics.text_to_image_equivalent;
    case View::image_to_text_equivalent:
      return metrics.image_to_text_equivalent;
    default:
      return metrics.text_to_image;
  }
}

DirectionMetrics& metrics_of(RetrievalMetrics& metrics, View view) {
  return const_cast<DirectionMetrics&>(metrics_of(std::as_const(metrics), view));
}

const std::vector<int64_t>& ranks_of(const RetrievalRanks& ranks, View view) {
  switch (view) {
    case View::image_to_text:
      return ranks.image_rank;
    case View::text_to_image_equivalent:
      return ranks.text_rank_equivalent;
    case View::image_to_text_equivalent:
      return ranks.image_rank_equivalent;
    default:
      return ranks.text_rank;
  }
}

const QueryGains& gains_of(const RetrievalRanks& ranks, View view) {
  switch (view) {
    case View::image_to_text:
      return ranks.image_gains;
    case View::text_to_image_equivalent:
      return ranks.text_gains_equivalent;
    case View::image_to_text_equivalent:
      return ranks.image_gains_equivalent;
    default:
      return ranks.text_gains;
  }
}

}  // namespace sightline
