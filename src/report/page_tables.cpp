#include "report/page_tables.h"

#include <algorithm>
#include <functional>

#include "report/figure_parts.h"
#include "report/metric_format.h"
#include "report/page_comparisons.h"
#include "report/text.h"

namespace sightline {
namespace {

using Pick = std::function<const DirectionMetrics&(const ModelResult&)>;

double best_value(const ExperimentResult& result, const Pick& pick, Metric metric) {
  double best = metric_value(pick(result.models[0]), metric);
  for (const ModelResult& model : result.models) {
    const double value = metric_value(pick(model), metric);
    best = metric_format(metric).more_is_better ? std::max(best, value) : std::min(best, value);
  }
  return best;
}

std::string cell(const DirectionMetrics& d, Metric metric, bool best) {
  std::string html = std::string(best ? "<td class=\"best\">" : "<td>") +
                     metric_text(metric, metric_value(d, metric));
  const std::string interval = interval_text(metric, metric_interval(d, metric));
  if (!interval.empty()) html += "<small class=\"interval\">" + interval + "</small>";
  return html + "</td>";
}

// One row per model with intervals below the values. Highlights the best value of each column if
// there are several models.
std::string direction_table(const ExperimentResult& result, const Pick& pick) {
  const DirectionMetrics& first = pick(result.models[0]);
  std::string html =
      "<p class=\"soft\">" + std::to_string(first.queries) + " queries among " +
      std::to_string(first.candidates) +
      " candidates; score, accuracy and weighted score at K = " + std::to_string(first.top_k) + ".";
  if (!first.intervals.empty()) {
    html += " Below each value: its " + short_decimal(100 * result.statistics.confidence) +
            " % confidence interval.";
  }
  html += "</p>\n<div class=\"wide\"><table><thead><tr><th>model</th>";
  for (int m = 0; m < kMetricCount; ++m)
    html += std::string("<th>") + metric_format(static_cast<Metric>(m)).label + "</th>";
  html += "</tr></thead><tbody>\n";
  for (const ModelResult& model : result.models) {
    html += "<tr><td>" + html_text(model.label) + "</td>";
    for (int m = 0; m < kMetricCount; ++m) {
      const auto metric = static_cast<Metric>(m);
      const bool best = result.models.size() > 1 &&
                        metric_value(pick(model), metric) == best_value(result, pick, metric);
      html += cell(pick(model), metric, best);
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string both_directions(const ExperimentResult& result,
                            const std::function<const RetrievalMetrics&(const ModelResult&)>& pick,
                            View texts, View images) {
  return "<h3>text → image</h3>\n" +
         direction_table(result,
                         [&](const ModelResult& m) -> const DirectionMetrics& {
                           return metrics_of(pick(m), texts);
                         }) +
         "<h3>image → text</h3>\n" +
         direction_table(result, [&](const ModelResult& m) -> const DirectionMetrics& {
           return metrics_of(pick(m), images);
         });
}

const RetrievalMetrics& all_rows(const ModelResult& model) {
  return model.metrics;
}

// Selected metrics under both definitions of relevant.
std::string side_by_side(const ExperimentResult& result, View strict, View equivalent) {
  constexpr Metric kShown[] = {Metric::accuracy, Metric::recall_at_1, Metric::mean_reciprocal_rank,
                               Metric::ndcg_at_10, Metric::mean_average_precision};
  std::string first = "<tr><th rowspan=\"2\">model</th>", second = "<tr>", html;
  for (const Metric metric : kShown) {
    first += std::string("<th colspan=\"2\">") + metric_format(metric).label + "</th>";
    second += "<th>strict</th><th>equivalent</th>";
  }
  html = "<div class=\"wide\"><table><thead>" + first + "</tr>" + second + "</tr></thead><tbody>\n";
  for (const ModelResult& model : result.models) {
    html += "<tr><td>" + html_text(model.label) + "</td>";
    for (const Metric metric : kShown) {
      html += cell(metrics_of(model.metrics, strict), metric, false) +
              cell(metrics_of(model.metrics, equivalent), metric, false);
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

}  // namespace

std::string definitions_tables(const ExperimentResult& result) {
  if (!captions_repeat(result)) {
    return "<p class=\"soft\">Strict metrics. No caption belongs to two rows, so the "
           "caption-equivalent metrics are the same.</p>\n";
  }
  return "<h3>strict and caption-equivalent, text → image</h3>\n" +
         side_by_side(result, View::text_to_image, View::text_to_image_equivalent) +
         "<h3>strict and caption-equivalent, image → text</h3>\n" +
         side_by_side(result, View::image_to_text, View::image_to_text_equivalent);
}

std::string results_section(const ExperimentResult& result) {
  std::string html = both_directions(result, all_rows, View::text_to_image, View::image_to_text) +
                     definitions_tables(result);
  if (captions_repeat(result)) {
    html +=
        "<details><summary>All caption-equivalent metrics (some captions occur more than "
        "once)</summary>\n" +
        both_directions(result, all_rows, View::text_to_image_equivalent,
                        View::image_to_text_equivalent) +
        "</details>\n";
  }
  for (const auto& [split, unused] : result.models[0].by_split) {
    const std::string name =
        split.empty() ? "rows without a split" : "split “" + html_text(split) + "”";
    const std::string key = split;
    html += "<details><summary>Only the queries of " + name + ", among all candidates</summary>\n" +
            both_directions(
                result,
                [&](const ModelResult& m) -> const RetrievalMetrics& { return m.by_split.at(key); },
                View::text_to_image, View::image_to_text) +
            "</details>\n";
  }
  return html + comparisons_section(result);
}

}  // namespace sightline
