// Which models the tests support as best.
#include <sightline/experiment.h>

#include <algorithm>
#include <limits>

namespace sightline {
namespace {

// Whether each query of the view has exactly one relevant candidate, by definition of the view.
bool has_single_answers(const ExperimentResult& result, View view) {
  if (view == View::text_to_image) return true;
  return view == View::image_to_text &&
         static_cast<int64_t>(result.text_row.size()) == result.clusters;
}

// The metric whose tests apply: `metric` itself, or one with the same value for every query.
Metric tested_metric(const ExperimentResult& result, View view, Metric metric) {
  switch (metric) {
    case Metric::score:
      return Metric::accuracy;
    case Metric::recall_at_5:
      if (result.top_k == 5) return Metric::accuracy;
      break;
    case Metric::recall_at_10:
      if (result.top_k == 10) return Metric::accuracy;
      break;
    case Metric::mean_average_precision:
      if (has_single_answers(result, view)) return Metric::mean_reciprocal_rank;
      break;
    default:
      break;
  }
  return metric;
}

}  // namespace

bool is_tested(const ExperimentResult& result, View view, Metric metric) {
  metric = tested_metric(result, view, metric);
  return std::ranges::any_of(result.comparisons, [&](const MetricComparison& c) {
    return c.view == view && c.metric == metric;
  });
}

std::vector<int> best_models(const ExperimentResult& result, View view, Metric metric) {
  metric = tested_metric(result, view, metric);
  double best = -std::numeric_limits<double>::infinity();  // tested metrics: more is better
  std::vector<double> values;
  for (const ModelResult& model : result.models) {
    values.push_back(metric_value(metrics_of(model.metrics, view), metric));
    best = std::max(best, values.back());
  }
  std::vector<bool> worse(result.models.size(), false);
  for (const MetricComparison& c : result.comparisons) {
    if (c.view != view || c.metric != metric || !is_significant(c) || c.difference == 0) continue;
    const auto winner = static_cast<size_t>(c.difference > 0 ? c.a : c.b);
    const auto loser = static_cast<size_t>(c.difference > 0 ? c.b : c.a);
    if (values[winner] == best) worse[loser] = true;
  }
  std::vector<int> models;
  for (size_t m = 0; m < worse.size(); ++m) {
    if (!worse[m]) models.push_back(static_cast<int>(m));
  }
  if (models.size() == worse.size()) models.clear();
  return models;
}

}  // namespace sightline
