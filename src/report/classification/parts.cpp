#include "report/classification/parts.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/text.h"
#include "report/json_parts.h"
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
    case ClassMetric::mean_average_precision:
      return "mAP %";
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
  std::vector<ClassMetric> metrics = metrics_of(result);
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

std::string class_task_text(const ClassificationResult& result) {
  if (!result.multilabel)
    return "Each image belongs to the class whose prompts it is most similar to.";
  return "An image has any number of classes: each class ranks all images by their similarity with "
         "its prompts. acc1, acc5 and mean per-class recall need images of one class, and are not "
         "given.";
}

std::string class_counts_text(const ClassificationResult& result) {
  size_t labels = 0;
  for (const LabeledImage& image : result.images) labels += image.classes.size();
  return counted(static_cast<int64_t>(result.images.size()), "image") +
         (result.multilabel ? " with " + counted(static_cast<int64_t>(labels), "label") : "") +
         " of " + counted(static_cast<int64_t>(result.classes.size()), "class", "classes");
}

Json class_metrics_json(const ClassificationResult& result, const ClassifiedModel& model) {
  Json json = Json::object();
  for (const ClassMetric metric : metrics_of(result)) {
    const auto at = static_cast<size_t>(metric);
    json[class_metric_name(metric)] = {{"value", number_json(model.values[at])},
                                       {"interval", interval_json(model.intervals[at])}};
  }
  return json;
}

Json class_chance_json(const ClassificationResult& result) {
  Json json = Json::object();
  for (const ClassMetric metric : metrics_of(result))
    json[class_metric_name(metric)] = number_json(chance_of(result, metric));
  return json;
}

std::vector<std::pair<std::string, std::string>> class_definitions(
    const ClassificationResult& result) {
  const std::string classifier =
      "Per class, the mean of the unit vectors of its prompts, scaled to unit length. ";
  const std::pair<std::string, std::string> interval = {
      "interval", "BCa bootstrap over images; differences between models are resampled in pairs."};
  const std::string holm = "corrected by Holm's method over all pairs of one metric.";
  if (result.multilabel) {
    return {{"classifier", classifier + "It ranks the images by their dot product with it."},
            {"average precision",
             "Of a class: mean over its images of the share of its images among those up to and "
             "including this one. Ties count against the model: images without the class come "
             "first. Not defined for a class that no image has."},
            {"mAP",
             "Mean average precision: the mean over the classes that have an image. "
             "CLIP_benchmark's mean_average_precision counts the others, too, as 0."},
            {"interval", interval.second +
                             " The resamples are moved so that their mean is the value, because "
                             "copies of an image raise the average precision of its classes."},
            {"p",
             "Two-sided paired sign-flip test over images of their shares in the difference by the "
             "jackknife, " +
                 holm}};
  }
  return {
      {"classifier",
       classifier +
           "An image belongs to the class with which its vector has the largest dot product."},
      {"acc1",
       "Share of the images whose own class is the most similar one. Ties count against the "
       "model."},
      {"acc5",
       "Share of the images whose own class is among the five most similar ones; not defined for "
       "fewer than five classes."},
      {"mean per-class recall",
       "Mean over the classes that have an image of the share of its images whose own class is the "
       "most similar one: every class has the same weight, however many images it has (balanced "
       "accuracy)."},
      interval,
      {"p", "Two-sided paired permutation test over images, " + holm}};
}

namespace {

// The rank of each image by each class that it has: [image][class of the image].
std::vector<std::vector<int64_t>> ranks_by_classes(const ClassificationResult& result,
                                                   const ClassifiedModel& model) {
  std::vector<std::vector<int64_t>> ranks;
  for (const LabeledImage& image : result.images) ranks.emplace_back(image.classes.size());
  for (size_t c = 0; c < model.orders.size(); ++c) {
    int64_t rank = 0;
    for (const int32_t i : model.orders[c]) {
      ++rank;
      const std::vector<int64_t>& own = result.images[static_cast<size_t>(i)].classes;
      const auto at = std::ranges::lower_bound(own, static_cast<int64_t>(c));
      if (at != own.end() && *at == static_cast<int64_t>(c))
        ranks[static_cast<size_t>(i)][static_cast<size_t>(at - own.begin())] = rank;
    }
  }
  return ranks;
}

std::string multilabel_ranks_jsonl(const ClassificationResult& result) {
  std::vector<std::vector<std::vector<int64_t>>> ranks;
  for (const ClassifiedModel& model : result.models)
    ranks.push_back(ranks_by_classes(result, model));
  std::string out;
  for (size_t i = 0; i < result.images.size(); ++i) {
    const LabeledImage& image = result.images[i];
    Json classes = Json::array(), models = Json::array();
    for (const int64_t c : image.classes)
      classes.push_back(result.classes[static_cast<size_t>(c)].name);
    for (const auto& of_model : ranks) models.push_back({{"ranks", of_model[i]}});
    const Json line = {{"id", image.id},
                       {"split", image.split},
                       {"classes", std::move(classes)},
                       {"models", std::move(models)}};
    out += json_text(line) + "\n";
  }
  return out;
}

}  // namespace

std::string predictions_jsonl(const ClassificationResult& result) {
  if (result.multilabel) return multilabel_ranks_jsonl(result);
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
