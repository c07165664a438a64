#include "report/overview/sections.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "report/classification/parts.h"
#include "report/page/document.h"
#include "report/page/hits.h"
#include "report/page/parts.h"
#include "report/page/thumbnails.h"
#include "report/shown_examples.h"
#include "report/tables/csv.h"
#include "report/text.h"

namespace sightline {
namespace {

std::string model_head(size_t m, const std::string& label) {
  return "<tr data-model=\"" + std::to_string(m) + "\"><th scope=\"row\">" + html_text(label) +
         "</th>";
}

// The data sets that have the metric; empty without one.
std::string matrix(const Overview& overview, ClassMetric metric) {
  std::string head = head_cell("model"), body, foot = "<tr><th scope=\"row\">chance</th>";
  const auto at = static_cast<size_t>(metric);
  const auto has_metric = [&](const ClassifiedDataset& dataset) {
    return std::ranges::count(metrics_of(dataset.result), metric) > 0;
  };
  if (std::ranges::none_of(overview.classified, has_metric)) return "";
  for (const ClassifiedDataset& dataset : overview.classified) {
    if (!has_metric(dataset)) continue;
    head += "<th scope=\"col\">" +
            report_link(dataset.name, dataset.report_error.has_value(), html_text(dataset.name)) +
            "</th>";
    foot += "<td>" + share_text(chance_of(dataset.result, metric)) + "</td>";
  }
  const std::vector<std::string> labels = model_labels(overview);
  for (size_t m = 0; m < labels.size(); ++m) {
    body += model_head(m, labels[m]);
    for (const ClassifiedDataset& dataset : overview.classified) {
      if (!has_metric(dataset)) continue;
      const ClassifiedModel& model = dataset.result.models[m];
      const std::vector<int> best = best_models(dataset.result, metric);
      const std::string interval = share_interval_text(model.intervals[at]);
      body += "<td data-v=\"" + full_precision(model.values[at]) +
              (std::ranges::count(best, static_cast<int>(m)) > 0 ? "\" class=\"best\">" : "\">") +
              share_text(model.values[at]) +
              (interval.empty() ? "" : "<small class=\"interval\">" + interval + "</small>") +
              "</td>";
    }
    body += "</tr>\n";
  }
  return "<div class=\"wide\"><table class=\"matrix values\" data-metric=\"" +
         std::string(class_metric_name(metric)) + "\"><caption>" + class_metric_label(metric) +
         "</caption><thead><tr>" + head + "</tr></thead><tbody>\n" + body + "</tbody><tfoot>" +
         foot + "</tr></tfoot></table></div>\n";
}

// A matrix of all data sets; the cell of a pair is above the diagonal.
std::string tau_matrix(const std::vector<RankCorrelation>& correlations) {
  std::vector<std::string> names = {correlations[0].a};
  for (const RankCorrelation& one : correlations)
    if (one.a == names[0]) names.push_back(one.b);
  std::string html =
      "<div class=\"wide\"><table class=\"matrix\"><thead><tr>" + head_cell("data set");
  for (size_t b = 1; b < names.size(); ++b) html += head_cell(names[b]);
  html += "</tr></thead><tbody>\n";
  size_t at = 0;
  for (size_t a = 0; a + 1 < names.size(); ++a) {
    html += "<tr><th scope=\"row\">" + html_text(names[a]) + "</th>";
    for (size_t b = 1; b < names.size(); ++b) {
      if (b <= a) {
        html += "<td></td>";
        continue;
      }
      const RankCorrelation& one = correlations[at++];
      const int64_t pairs = one.models * (one.models - 1) / 2;
      html += "<td>" + (std::isfinite(one.tau) ? decimal(one.tau, 2) : std::string("–")) +
              "<small>" + std::to_string(one.concordant) + " of " + std::to_string(pairs) +
              "</small></td>";
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string hard_list(const std::string& items, const HardCases& hard, const std::string& name,
                      const std::string& what, int64_t all) {
  return "<h3>" + html_text(name) + "</h3>\n<p class=\"soft\">" + std::to_string(hard.count) +
         " of " + std::to_string(all) + " " + what +
         (static_cast<int64_t>(hard.worst.size()) < hard.count
              ? "; those with the largest best rank:"
              : ":") +
         "</p>\n<ol class=\"hits\">" + items + "</ol>\n";
}

std::string hard_captions(const DatasetResult& dataset, const OverviewImages& images,
                          const PageImages& thumbnails) {
  const ExperimentResult& result = dataset.result;
  const HardCases hard = hard_cases(result, kShownHard);
  if (hard.count == 0) return "";
  std::string items;
  for (const HardCase& one : hard.worst) {
    const ExperimentRow& row =
        result.rows[static_cast<size_t>(result.text_row[static_cast<size_t>(one.index)])];
    items +=
        hit_html({images.hard_number(dataset.name, row.split, row.id), row.id,
                  caption_of(result, one.index)},
                 thumbnails, {"best rank " + std::to_string(one.best_rank), false, row.split}) +
        "\n";
  }
  return hard_list(
      items, hard, dataset.name,
      "captions have their image below rank " + std::to_string(result.top_k) + " with every model",
      static_cast<int64_t>(result.text_row.size()));
}

std::string hard_images(const ClassifiedDataset& dataset, const OverviewImages& images,
                        const PageImages& thumbnails) {
  const ClassificationResult& result = dataset.result;
  const HardCases hard = hard_cases(result, kShownHard);
  if (hard.count == 0) return "";
  std::string items;
  for (const HardCase& one : hard.worst) {
    const LabeledImage& image = result.images[static_cast<size_t>(one.index)];
    items +=
        hit_html({images.hard_number(dataset.name, image.split, image.id), image.id,
                  result.classes[static_cast<size_t>(image.image_class)].name},
                 thumbnails, {"best rank " + std::to_string(one.best_rank), false, image.split}) +
        "\n";
  }
  return hard_list(items, hard, dataset.name, "images are classified wrongly by every model",
                   static_cast<int64_t>(result.images.size()));
}

}  // namespace

std::string report_link(const std::string& name, bool incomplete, const std::string& text) {
  return incomplete ? text + " (report incomplete)"
                    : link_html(url_part(name) + "/index.html", text);
}

namespace {

// A sentence about the figures of each kind of classification that occurs.
std::string tasks_text(const Overview& overview) {
  std::string text;
  for (const bool multilabel : {false, true}) {
    const auto found = std::ranges::find_if(
        overview.classified,
        [&](const ClassifiedDataset& dataset) { return dataset.result.multilabel == multilabel; });
    if (found == overview.classified.end()) continue;
    const std::string sentences = class_task_text(found->result);
    text += text.empty() ? sentences
                         : " In multi-label data sets, " + lower(sentences.substr(0, 1)) +
                               sentences.substr(1);
  }
  return text;
}

}  // namespace

std::string classification_matrices(const Overview& overview) {
  if (overview.classified.empty()) return "";
  const ClassificationResult& first = overview.classified.front().result;
  std::string html = "<h3>Zero-shot classification</h3>\n<p class=\"soft\">" +
                     tasks_text(overview) +
                     (first.statistics.resamples > 0
                          ? " Below each value: its " + percent_text(first.statistics.confidence) +
                                " confidence interval."
                          : std::string()) +
                     "</p>\n<div class=\"matrices\">\n";
  for (const ClassMetric metric :
       {ClassMetric::accuracy_at_1, ClassMetric::accuracy_at_5, ClassMetric::mean_per_class_recall,
        ClassMetric::mean_average_precision})
    html += matrix(overview, metric);
  return html + "</div>\n";
}

std::string correlation_section(const Overview& overview) {
  const std::vector<RankCorrelation> correlations = rank_correlations(overview);
  if (correlations.empty()) return "";
  const int64_t models = correlations[0].models;
  return "<p class=\"soft\">Whether the data sets agree on the order of the models by R@1 (text → "
         "image, strict), acc1 or "
         "mAP: Kendall's τ (tau-b) over n = " +
         std::to_string(models) +
         " models, from 1 for the same order to −1 for the opposite one; below, the pairs of "
         "models in the "
         "same order. " +
         (models < 6 ? "So few models say little about other models. " : "") +
         "The differences behind an order need not be significant.</p>\n" +
         tau_matrix(correlations);
}

std::string hard_section(const Overview& overview, const OverviewImages& images,
                         const PageImages& thumbnails) {
  std::string html;
  for (const DatasetResult& dataset : overview.datasets)
    html += hard_captions(dataset, images, thumbnails);
  for (const ClassifiedDataset& dataset : overview.classified)
    html += hard_images(dataset, images, thumbnails);
  return html;
}

}  // namespace sightline
