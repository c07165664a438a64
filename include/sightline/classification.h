// Zero-shot classification: the class of an image is the class whose texts it is most similar to.
//
//   sightline::ClassificationOptions options;
//   options.input.dataset.path = "photos-by-animal";  // cat/1.jpg, dog/2.jpg …
//   options.models = {"models/emoji-vit-8"};
//   const sightline::ClassificationResult result = sightline::run_classification(options);
//
// Definitions, those of CLIP_benchmark (metrics/zeroshot_classification.py) and open_clip:
//   classifier   per class, the mean of the unit vectors of its prompts, scaled to unit length
//   rank         1 + the number of other classes whose similarity with the image is at least that
//                of the image's own class: ties count against the model
//   acc1, acc5   share of the images with rank 1, and with a rank up to 5; acc5 is NaN with fewer
//                than five classes
//   mean per-class recall   mean over the classes that have an image of the share of its images
//                with rank 1 (scikit-learn's balanced accuracy)
//
// Images of a multi-label data set have any number of classes, or none. Each class ranks all
// images by their similarity with it:
//   average precision   of a class: mean over its images of the share of its images among those up
//                to and including this one; ties count against the model: images without the class
//                come first
//   mean average precision   mean over the classes that have an image
#pragma once

#include <sightline/experiment.h>
#include <sightline/matrix.h>
#include <sightline/model.h>
#include <sightline/rows.h>
#include <sightline/statistics.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sightline {

// Names of classes. A label of the data set is the name of its class, or selects it:
//   by_label   maps labels to names; `names` then has their distinct values
//   otherwise  a label that is a number is an index into `names`, from 0; if there are as many
//              names as labels, the n-th label in byte order has the n-th name
struct ClassNames {
  std::vector<std::string> names;
  std::map<std::string, std::string> by_label;
  std::string source = {};  // the file, for messages; empty: none
};

// The texts that describe a class.
struct ClassPrompts {
  // "{c}" or "{}" stands for the name of the class.
  std::vector<std::string> templates;
  // The prompts of each class by name, in the file's order, used unchanged instead of `templates`.
  std::vector<std::pair<std::string, std::vector<std::string>>> by_class;
};

// Reads a JSON list of names, an object that maps labels to names, CLIP_benchmark's object that
// maps data sets to lists of names, or a text file with one name per line. `dataset`: the member of
// such an object; an object with one list needs no such member. Throws not_found, io, invalid_data.
ClassNames read_class_names(const std::filesystem::path& path, const std::string& dataset);

// Reads a JSON list of templates, CLIP_benchmark's object that maps data sets to lists of
// templates, an object that maps classes to prompts, alone or as the member of a data set (CuPL),
// or a text file with one template per line. Throws as above.
ClassPrompts read_class_prompts(const std::filesystem::path& path, const std::string& dataset);

// Templates for classes of any kind.
const std::vector<std::string>& default_templates();

// The classes of a data set, and the texts that describe them.
struct ClassificationTask {
  // The column of the labels. Empty: the first of "label", "class", "cls", "category", "labels",
  // "classes" and "categories", else the folder of the image's file, of a plain folder or one with
  // metadata. A column of lists makes the data set multi-label.
  std::string label_column;
  std::optional<ClassNames> names;  // default: the labels, with spaces instead of underscores
  ClassPrompts prompts;             // default: default_templates()
};

struct ClassificationOptions {
  EvaluationInput input;
  // As in ExperimentOptions.
  std::vector<std::filesystem::path> models;
  std::vector<std::optional<Precision>> precisions;
  StatisticsOptions statistics;
  ClassificationTask task;
};

// The keys in results.json: "acc1", "acc5", "mean_per_class_recall", "mean_average_precision".
enum class ClassMetric {
  accuracy_at_1,
  accuracy_at_5,
  mean_per_class_recall,
  mean_average_precision
};
inline constexpr int kClassMetricCount = 4;
const char* class_metric_name(ClassMetric metric);

struct ImageClass {
  std::string name;
  std::string label;   // in the data set; empty for a class that no image has
  int64_t images = 0;  // a class without images is a candidate; it has no average precision
  int64_t prompts = 0;
};

struct LabeledImage {
  std::string id;
  std::string split;
  int64_t image_class = 0;  // index into ClassificationResult::classes; -1 if it is multi-label
  std::vector<int64_t> classes = {};  // of a multi-label image, ascending; may be empty
};

struct ClassifiedModel {
  std::string label;  // as ModelResult::label
  ModelInfo info;
  std::string preprocess;
  Computation computation;
  std::string precision_choice;
  EncodeCounts counts;
  // Of a result that is not multi-label:
  std::vector<int64_t> ranks;        // per image: the rank of its class
  std::vector<int64_t> predicted;    // per image: the most similar class; the first one of a tie
  std::vector<double> class_recall;  // per class; NaN for a class without images
  // Of a multi-label result:
  std::vector<std::vector<int32_t>> orders;  // per class: all images in the order of its ranking
  std::vector<double> average_precision;     // per class; NaN for a class without images

  std::array<double, kClassMetricCount> values{};  // NaN: not defined
  std::array<std::optional<Interval>, kClassMetricCount> intervals{};
};

// A test of the difference of two models, as MetricComparison.
struct ClassComparison {
  ClassMetric metric = ClassMetric::accuracy_at_1;
  int a = 0, b = 0;  // indices into ClassificationResult::models, a < b
  double difference = 0;
  std::optional<Interval> interval;
  double p = 1;
  bool exact = false;
  double p_corrected = 1;  // Holm's correction over all pairs of this metric
};

struct ClassificationResult {
  std::filesystem::path dataset;
  std::string dataset_format;
  std::vector<std::string> splits;
  std::string label_column;  // "folder": the folders of the images
  std::vector<ImageClass> classes;
  std::vector<std::string> templates;  // empty if each class has prompts of its own
  std::vector<LabeledImage> images;    // that every model could encode
  std::vector<ClassifiedModel> models;
  StatisticsOptions statistics;
  std::vector<ClassComparison> comparisons;  // by metric and pair; empty for one model
  std::vector<SkippedRow> skipped;
  std::vector<std::string> warnings;
  bool multilabel = false;  // whether images have any number of classes
};

// The metrics of a result in the order of the enumeration, whether or not they are defined: mean
// average precision of a multi-label result, else the others.
std::vector<ClassMetric> metrics_of(const ClassificationResult& result);

// The metric by which data sets and models are compared: mean average precision of a multi-label
// result, else acc1.
ClassMetric main_metric(const ClassificationResult& result);

inline bool is_significant(const ClassComparison& comparison) {
  return comparison.p_corrected < kSignificanceLevel;
}

// The expected value of a metric for a random order of the classes, or of the images of a
// multi-label result; NaN where it is not defined.
double chance_of(const ClassificationResult& result, ClassMetric metric);

// The models that the tests support as best, as best_models of an experiment.
std::vector<int> best_models(const ClassificationResult& result, ClassMetric metric);

// Returns one vector of unit length per class from the unit vectors of its prompts.
//   prompts   (P, D), unit length
//   classes   P: the class of each prompt, 0 to class_count - 1; each class has a prompt
// Throws invalid_argument, also for prompts of a class whose mean is zero.
Matrix zero_shot_classifier(const Matrix& prompts, std::span<const int64_t> classes,
                            int64_t class_count);

// Sets `ranks` and `predicted` of `model`. `images` (N, D) and `classifier` (C, D) have unit
// length; `labels` has the class of each image. Throws invalid_argument.
void classify(const Matrix& images, const Matrix& classifier, std::span<const int64_t> labels,
              ClassifiedModel& model);

// Sets `orders` of `model`. `images` (N, D) and `classifier` (C, D) have unit length; `labels` has
// the classes of each image, ascending. Throws invalid_argument.
void rank_images(const Matrix& images, const Matrix& classifier,
                 std::span<const std::vector<int64_t>> labels, ClassifiedModel& model);

// Sets values, intervals, recalls, average precisions and comparisons from the models' ranks,
// predictions and orders, as result.statistics says. The unit of resampling is the image. Throws
// invalid_argument, and what `progress` throws.
void summarize_classification(ClassificationResult& result, const ProgressFn& progress = {});

// Runs the classification. Streams the data set once per model, as run_experiment does; images that
// repeat others are images of their own. Rows without a label are skipped. Throws what
// run_experiment throws; not_found for a label column that no row has; invalid_data (fewer than two
// classes, labels that have no name).
ClassificationResult run_classification(const ClassificationOptions& options);

// Whether the first row of a data set that can be read has no caption but a label, so that it can
// be classified and not searched.
bool is_labeled_only(const DatasetInput& input, const std::string& label_column = {});

}  // namespace sightline
