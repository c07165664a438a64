// The parts of a classification's report.
#pragma once

#include <sightline/classification.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"

namespace sightline {

const char* class_metric_label(ClassMetric metric);  // "acc1 %", "mean per-class recall %"
// "93.41"; "–" for NaN.
std::string share_text(double share);
// "92.10–94.66"; empty without an interval.
std::string share_interval_text(const std::optional<Interval>& interval);
// "+1.20", and "[-0.10, +2.50]".
std::string share_difference_text(double difference);
std::string share_difference_interval_text(const std::optional<Interval>& interval);

// metrics_of without those that are not defined: acc5 for fewer than five classes.
std::vector<ClassMetric> class_metrics(const ClassificationResult& result);

// The class with which a model confuses a class most often, and how often; nothing if it is always
// right. Of equal counts, the first class.
struct Confusion {
  int64_t image_class = -1, images = 0;
};
std::vector<Confusion> confusions(const ClassificationResult& result, const ClassifiedModel& model);

// One sentence on a tested metric, as best_models_text; empty for one model.
std::string best_classifiers_text(const ClassificationResult& result, ClassMetric metric);

// The number of wrong images that the page shows.
inline constexpr size_t kWrongImages = 60;

// Says what the figures describe: which class an image belongs to, or how classes rank images.
std::string class_task_text(const ClassificationResult& result);

// "12 images of 3 classes", and "12 images with 20 labels of 3 classes".
std::string class_counts_text(const ClassificationResult& result);

// (name, sentence) pairs in display order.
std::vector<std::pair<std::string, std::string>> class_definitions(
    const ClassificationResult& result);

// The members "metrics" and "chance" of results.json.
Json class_metrics_json(const ClassificationResult& result, const ClassifiedModel& model);
Json class_chance_json(const ClassificationResult& result);

// A line per image: id, split, class, and of each model the rank of the class and the predicted
// one. Of a multi-label result: the classes, and of each model the rank of the image among all, by
// each of them.
std::string predictions_jsonl(const ClassificationResult& result);

}  // namespace sightline
