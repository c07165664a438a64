#include "classification.h"

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "console.h"
#include "evaluation_options.h"
#include "report/classification/parts.h"
#include "report/metric_format.h"

namespace sightline::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string value_text(double share, const std::optional<Interval>& interval) {
  const std::string bounds = share_interval_text(interval);
  return share_text(share) + (bounds.empty() ? "" : " (" + bounds + ")");
}

std::vector<std::string> header_of(const std::vector<ClassMetric>& metrics) {
  std::vector<std::string> header = {"~model"};
  for (const ClassMetric metric : metrics)
    header.push_back(std::string(">") + class_metric_label(metric));
  return header;
}

void print_comparisons(const ClassificationResult& result) {
  if (result.comparisons.empty()) return;
  Rows rows;
  for (const ClassComparison& c : result.comparisons) {
    rows.push_back({result.models[static_cast<size_t>(c.a)].label,
                    result.models[static_cast<size_t>(c.b)].label, class_metric_label(c.metric),
                    share_difference_text(c.difference), share_difference_interval_text(c.interval),
                    p_text(c.p), p_text(c.p_corrected) + (is_significant(c) ? " *" : "  ")});
  }
  std::printf("\ndifferences\n%s\n", format_table({"~model", "~and model", "metric", ">difference",
                                                   ">interval", ">p", ">p (Holm)"},
                                                  rows)
                                         .c_str());
  for (const ClassMetric metric : class_metrics(result))
    std::printf("%s: %s\n", class_metric_label(metric),
                best_classifiers_text(result, metric).c_str());
  std::printf(
      "p: paired %s test over images, %d permutations, seed %llu; Holm's correction over "
      "the pairs of one metric; *: significant (below %g)\n",
      result.multilabel ? "sign-flip" : "permutation", result.statistics.permutations,
      static_cast<unsigned long long>(result.statistics.seed), kSignificanceLevel);
}

}  // namespace

void add_classification_options(CLI::App& command, ClassificationFlags& flags) {
  command
      .add_option(
          "--task", flags.task,
          "retrieval of captioned images; classification of labelled images, in a folder for "
          "each class or with a column of labels; auto: classification of the data sets that "
          "have labels and no captions")
      ->check(CLI::IsMember({"retrieval", "classification", "auto"}))
      ->capture_default_str();
  command
      .add_option("--label-column", flags.label_column,
                  "Column of the labels, or of lists of them: multi-label (default: label, class, "
                  "cls, category, labels, classes or categories, else the folders of the images)")
      ->type_name("NAME");
  command
      .add_option(
          "--class-names", flags.class_names,
          "Names of the classes: a JSON list, an object of labels and names, CLIP_benchmark's "
          "file, or a text file with one per line (default: the labels)")
      ->type_name("FILE");
  command
      .add_option(
          "--templates", flags.templates,
          "Prompts with {c} or {} for the class: a JSON list, CLIP_benchmark's file, or a text "
          "file with one per line; or a JSON object of classes and their prompts")
      ->type_name("FILE");
}

bool is_classified(const ClassificationFlags& flags, const DatasetInput& dataset) {
  if (flags.task == "retrieval") return false;
  return flags.task == "classification" || is_labeled_only(dataset, flags.label_column);
}

ClassificationTask task_of(const ClassificationFlags& flags, const std::string& dataset) {
  ClassificationTask task;
  task.label_column = flags.label_column;
  if (!flags.class_names.empty()) task.names = read_class_names(flags.class_names, dataset);
  if (!flags.templates.empty()) task.prompts = read_class_prompts(flags.templates, dataset);
  if (!task.names && !task.prompts.by_class.empty()) {
    task.names.emplace();
    for (const auto& [name, unused] : task.prompts.by_class) task.names->names.push_back(name);
  }
  return task;
}

void print_classification(const ClassificationResult& result) {
  for (const ClassifiedModel& model : result.models) {
    if (!model.precision_choice.empty())
      std::printf("%s: precision %s\n\n", model.label.c_str(), model.precision_choice.c_str());
  }
  const std::vector<ClassMetric> metrics = class_metrics(result);
  Rows rows;
  for (const ClassifiedModel& model : result.models) {
    rows.push_back({model.label});
    for (const ClassMetric metric : metrics)
      rows.back().push_back(value_text(model.values[static_cast<size_t>(metric)],
                                       model.intervals[static_cast<size_t>(metric)]));
  }
  rows.push_back({"chance"});
  for (const ClassMetric metric : metrics)
    rows.back().push_back(share_text(chance_of(result, metric)));
  std::printf("%szero-shot classification: %s, labels: %s\n%s",
              result.multilabel ? "multi-label " : "", class_counts_text(result).c_str(),
              one_line(result.label_column).c_str(),
              format_table(header_of(metrics), rows).c_str());
  if (result.multilabel) std::printf("%s\n", class_task_text(result).c_str());
  if (result.statistics.resamples > 0)
    std::printf("intervals: bootstrap over images, %d resamples, seed %llu\n",
                result.statistics.resamples,
                static_cast<unsigned long long>(result.statistics.seed));
  print_comparisons(result);
  for (const ClassifiedModel& model : result.models)
    std::printf("%s: %s\n", model.label.c_str(), counts_text(model.counts).c_str());
}

void print_classified_matrix(const Overview& overview) {
  if (overview.classified.empty()) return;
  std::vector<ClassMetric> metrics;
  for (const ClassifiedDataset& dataset : overview.classified) {
    for (const ClassMetric metric : metrics_of(dataset.result))
      if (std::ranges::count(metrics, metric) == 0) metrics.push_back(metric);
  }
  std::ranges::sort(metrics);
  std::vector<std::string> header = header_of(metrics);
  header.insert(header.begin() + 1, "~data set");
  Rows rows;
  const std::vector<std::string> labels = model_labels(overview);
  for (size_t m = 0; m < labels.size(); ++m) {
    for (const ClassifiedDataset& dataset : overview.classified) {
      rows.push_back({labels[m], dataset.name});
      for (const ClassMetric metric : metrics)
        rows.back().push_back(
            share_text(dataset.result.models[m].values[static_cast<size_t>(metric)]));
    }
  }
  for (const ClassifiedDataset& dataset : overview.classified) {
    rows.push_back({"chance", dataset.name});
    for (const ClassMetric metric : metrics)
      rows.back().push_back(share_text(chance_of(dataset.result, metric)));
  }
  std::printf("zero-shot classification, all data sets\n%s\n", format_table(header, rows).c_str());
}

}  // namespace sightline::cli
