#include "report/metric_format.h"

#include <algorithm>
#include <cmath>

#include "report/text.h"

namespace sightline {

MetricFormat metric_format(Metric metric) {
  switch (metric) {
    case Metric::score:
      return {"score", 0, 1, true};
    case Metric::accuracy:
      return {"accuracy %", 2, 100, true};
    case Metric::weighted_score:
      return {"weighted", 0, 1, true};
    case Metric::recall_at_1:
      return {"R@1 %", 2, 100, true};
    case Metric::recall_at_5:
      return {"R@5 %", 2, 100, true};
    case Metric::recall_at_10:
      return {"R@10 %", 2, 100, true};
    case Metric::mean_reciprocal_rank:
      return {"MRR", 4, 1, true};
    case Metric::ndcg_at_10:
      return {"nDCG@10", 4, 1, true};
    case Metric::mean_average_precision:
      return {"MAP", 4, 1, true};
    case Metric::median_rank:
      return {"median rank", 1, 1, false};
    case Metric::mean_rank:
      return {"mean rank", 1, 1, false};
  }
  return {"", 0, 1, true};
}

std::string metric_text(Metric metric, double value) {
  const MetricFormat format = metric_format(metric);
  return decimal(value * format.scale, format.decimals);
}

std::string interval_text(Metric metric, const std::optional<Interval>& interval) {
  if (!interval || !std::isfinite(interval->low) || !std::isfinite(interval->high)) return "";
  return metric_text(metric, interval->low) + "–" + metric_text(metric, interval->high);
}

std::string difference_text(Metric metric, double value) {
  const std::string text = metric_text(metric, value);
  const bool zero = text.find_first_not_of("0.") == text.npos;
  return value > 0 && !zero ? "+" + text : text;
}

std::string difference_interval_text(Metric metric, const std::optional<Interval>& interval) {
  if (!interval || !std::isfinite(interval->low) || !std::isfinite(interval->high)) return "";
  return "[" + difference_text(metric, interval->low) + ", " +
         difference_text(metric, interval->high) + "]";
}

std::string p_text(double p) {
  return p < 0.0001 ? "<0.0001" : decimal(p, 4);
}

bool captions_repeat(const ExperimentResult& result) {
  return std::ranges::any_of(result.models, [](const ModelResult& m) {
    const RetrievalRanks& r = m.ranks;
    return r.text_rank != r.text_rank_equivalent || r.image_rank != r.image_rank_equivalent ||
           r.text_gains.average_precision != r.text_gains_equivalent.average_precision ||
           r.image_gains.average_precision != r.image_gains_equivalent.average_precision;
  });
}

std::string best_text(const std::vector<std::string>& labels, const std::vector<int>& best) {
  const auto label = [&](int m) { return plain_text(labels[static_cast<size_t>(m)]); };
  if (best.empty()) return "no model is significantly worse than the best";
  if (best.size() == 1) {
    const bool pair = labels.size() == 2;
    return label(best[0]) + " is significantly better than " +
           (pair ? label(1 - best[0]) : "every other model");
  }
  std::string names = label(best[0]);
  for (size_t i = 1; i < best.size(); ++i)
    names += (i + 1 == best.size() ? " and " : ", ") + label(best[i]);
  return names + " are not distinguished; every other model is significantly worse than the best";
}

std::string best_models_text(const ExperimentResult& result, View view, Metric metric) {
  const std::vector<int> best = best_models(result, view, metric);
  if (best.empty() && !is_tested(result, view, metric)) return "";
  std::vector<std::string> labels;
  for (const ModelResult& model : result.models) labels.push_back(model.label);
  return best_text(labels, best);
}

const char* example_name(ExampleKind kind) {
  switch (kind) {
    case ExampleKind::best:
      return "best";
    case ExampleKind::median:
      return "median";
    case ExampleKind::worst:
      return "worst";
  }
  return "";
}

}  // namespace sightline
