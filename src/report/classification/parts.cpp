#include "report/classification/parts.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/json.h"
#include "report/metric_format.h"
#include "report/text.h"

namespace sightline {

const char* class_metric_label(ClassMetric metric) {
  switch (metric) {
    case ClassMetric::accuracy_at_1:
      return "acc1 %";
    case ClassMetric::accuracy_at_5:
      return "acc5 %";
    case ClassMetric::mean_per_class_recall:
      return "mean per-class recall %";
  }
  return "";
}

std::string share_text(double share) {
  return std::isfinite(share) ? decimal(100 * share, 2) : "–";
}

// Shares are written as recalls are.
std::string share_interval_text(const std::optional<Interval>& interval) {
  return interval_text(Metric::recall_at_1, interval);
}

std::string share_difference_text(double difference) {
  return difference_text(Metric::recall_at_1, difference);
}

std::string share_difference_interval_text(const std::optional<Interval>& interval) {
  return difference_interval_text(Metric::recall_at_1, interval);
}

std::vector<ClassMetric> class_metrics(const ClassificationResult& result) {
  std::vector<ClassMetric> metrics = {ClassMetric::accuracy_at_1, ClassMetric::accuracy_at_5,
                                      ClassMetric::mean_per_class_recall};
  std::erase_if(metrics, [&](ClassMetric metric) { return std::isnan(chance_of(result, metric)); });
  return metrics;
}

std::vector<Confusion> confusions(const ClassificationResult& result,
                                  const ClassifiedModel& model) {
  std::vector<std::map<int64_t, int64_t>> counts(result.classes.size());
  for (size_t i = 0; i < result.images.size(); ++i) {
    const int64_t own = result.images[i].image_class;
    if (model.predicted[i] != own) ++counts[static_cast<size_t>(own)][model.predicted[i]];
  }
  std::vector<Confusion> most(result.classes.size());
  for (size_t c = 0; c < counts.size(); ++c) {
    for (const auto& [other, images] : counts[c])
      if (images > most[c].images) most[c] = {other, images};
  }
  return most;
}

std::string best_classifiers_text(const ClassificationResult& result, ClassMetric metric) {
  const auto tested = [&](const ClassComparison& c) { return c.metric == metric; };
  if (std::ranges::none_of(result.comparisons, tested)) return "";
  std::vector<std::string> labels;
  for (const ClassifiedModel& model : result.models) labels.push_back(model.label);
  return best_text(labels, best_models(result, metric));
}

std::vector<std::pair<std::string, std::string>> class_definitions() {
  return {
      {"classifier",
       "Per class, the mean of the unit vectors of its prompts, scaled to unit length. An image "
       "belongs to "
       "the class with which its vector has the largest dot product."},
      {"acc1",
       "Share of the images whose own class is the most similar one. Ties count against the "
       "model."},
      {"acc5",
       "Share of the images whose own class is among the five most similar ones; not defined for "
       "fewer "
       "than five classes."},
      {"mean per-class recall",
       "Mean over the classes that have an image of the share of its images whose own class is the "
       "most "
       "similar one: every class has the same weight, however many images it has (balanced "
       "accuracy)."},
      {"interval", "BCa bootstrap over images; differences between models are resampled in pairs."},
      {"p",
       "Two-sided paired permutation test over images, corrected by Holm's method over all pairs "
       "of one "
       "metric."}};
}

std::string predictions_jsonl(const ClassificationResult& result) {
  std::string out;
  for (size_t i = 0; i < result.images.size(); ++i) {
    const LabeledImage& image = result.images[i];
    Json models = Json::array();
    for (const ClassifiedModel& model : result.models)
      models.push_back(
          {{"rank", model.ranks[i]},
           {"predicted", result.classes[static_cast<size_t>(model.predicted[i])].name}});
    const Json line = {{"id", image.id},
                       {"split", image.split},
                       {"class", result.classes[static_cast<size_t>(image.image_class)].name},
                       {"models", std::move(models)}};
    out += json_text(line) + "\n";
  }
  return out;
}

}  // namespace sightline
