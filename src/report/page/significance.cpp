#include "report/page/significance.h"

#include <algorithm>
#include <cstdint>

#include "report/metric_format.h"
#include "report/page/parts.h"
#include "report/text.h"

namespace sightline {
namespace {

const MetricComparison* comparison_of(const ExperimentResult& result, View view, Metric metric,
                                      size_t a, size_t b) {
  for (const MetricComparison& c : result.comparisons) {
    if (c.view == view && c.metric == metric && static_cast<size_t>(c.a) == a &&
        static_cast<size_t>(c.b) == b)
      return &c;
  }
  return nullptr;
}

std::vector<Metric> tested_metrics(const ExperimentResult& result) {
  std::vector<Metric> metrics;
  for (const MetricComparison& c : result.comparisons) {
    if (std::ranges::find(metrics, c.metric) == metrics.end()) metrics.push_back(c.metric);
  }
  return metrics;
}

std::string both_models(size_t a, size_t b) {
  return " data-model=\"" + std::to_string(a) + " " + std::to_string(b) + "\"";
}

std::string pair_cell(const ExperimentResult& result, const MetricComparison& c) {
  const auto a = static_cast<size_t>(c.a), b = static_cast<size_t>(c.b);
  const bool significant = is_significant(c);
  const std::string title = result.models[a].label + " − " + result.models[b].label + " " +
                            difference_interval_text(c.metric, c.interval) + ", p " + p_text(c.p) +
                            ", corrected " + p_text(c.p_corrected);
  return "<td data-model=\"" + std::to_string(b) + "\"" +
         (significant ? " class=\"significant\"" : "") + " title=\"" + html_text(title) + "\">" +
         difference_text(c.metric, c.difference) + (significant ? " *" : "") + "<small>p " +
         html_text(p_text(c.p_corrected)) + "</small></td>";
}

// Rows: model A, all but the last. Columns: model B, all but the first.
std::string matrix(const ExperimentResult& result, View view, Metric metric) {
  const size_t count = result.models.size();
  std::string html = "<div class=\"wide\"><table class=\"matrix\"><caption>" +
                     std::string(metric_format(metric).label) +
                     "</caption><thead><tr><th scope=\"col\">A − B</th>";
  for (size_t b = 1; b < count; ++b) {
    html += "<th scope=\"col\" data-model=\"" + std::to_string(b) + "\">" +
            html_text(result.models[b].label) + "</th>";
  }
  html += "</tr></thead><tbody>\n";
  for (size_t a = 0; a + 1 < count; ++a) {
    html += model_row(result, a);
    for (size_t b = 1; b < count; ++b) {
      const MetricComparison* c = b > a ? comparison_of(result, view, metric, a, b) : nullptr;
      html += c ? pair_cell(result, *c) : "<td" + both_models(b, b) + "></td>";
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

bool any_significant(const ExperimentResult& result, View view, Metric metric) {
  return std::ranges::any_of(result.comparisons, [&](const MetricComparison& c) {
    return c.view == view && c.metric == metric && is_significant(c);
  });
}

// The matrices of a view. With many models, those without a significant difference are folded.
std::string view_matrices(const ExperimentResult& result, View view, const std::string& title) {
  constexpr size_t kManyModels = 4;
  std::string shown, folded, names;
  for (const Metric metric : tested_metrics(result)) {
    if (result.models.size() <= kManyModels || any_significant(result, view, metric)) {
      shown += matrix(result, view, metric);
    } else {
      folded += matrix(result, view, metric);
      names += (names.empty() ? "" : ", ") + std::string(metric_format(metric).label);
    }
  }
  std::string html = "<div><h3>Differences, " + title + "</h3>\n";
  if (!shown.empty()) html += "<div class=\"matrices\">\n" + shown + "</div>\n";
  if (!folded.empty()) {
    html += "<details><summary>No difference is significant (corrected p of at least " +
            decimal(kSignificanceLevel, 2) + "): " + names +
            "</summary>\n<div class=\"matrices\">\n" + folded + "</div></details>\n";
  }
  return html + "</div>\n";
}

}  // namespace

std::string significance_note(const ExperimentResult& result) {
  if (result.comparisons.empty()) return "";
  std::string metrics;
  for (const Metric metric : tested_metrics(result))
    metrics += (metrics.empty() ? "" : ", ") + std::string(metric_format(metric).label);
  return "<p class=\"soft\">Bold: the best value and those not significantly worse than it "
         "(corrected p of at least " +
         decimal(kSignificanceLevel, 2) +
         "), in columns where a model is significantly worse. Tested: " + metrics + ".</p>\n";
}

std::string significance_section(const ExperimentResult& result) {
  if (result.comparisons.empty()) return "";
  return "<div class=\"halves\">\n" + view_matrices(result, View::text_to_image, "text → image") +
         view_matrices(result, View::image_to_text, "image → text") +
         "</div>\n<p class=\"soft\">Row minus column, with the p of a paired permutation test, "
         "corrected by Holm's method; * marks p below " +
         decimal(kSignificanceLevel, 2) + ".</p>\n";
}

}  // namespace sightline
