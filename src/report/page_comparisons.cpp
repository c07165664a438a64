// The section with tests between models.
#include "report/page_comparisons.h"

#include "report/figure_parts.h"
#include "report/metric_format.h"
#include "report/page_tables.h"
#include "report/text.h"

namespace sightline {
namespace {

std::string view_table(const ExperimentResult& result, View view) {
  std::string html =
      "<div class=\"wide pairs\"><table><thead><tr><th>model A</th><th>model "
      "B</th><th>metric</th><th>A − B</th><th>" +
      short_decimal(100 * result.statistics.confidence) +
      " % interval</th><th>p</th><th>p, corrected</th></tr></thead><tbody>\n";
  for (const MetricComparison& c : result.comparisons) {
    if (c.view != view) continue;
    html += "<tr><td>" + html_text(result.models[static_cast<size_t>(c.a)].label) + "</td><td>" +
            html_text(result.models[static_cast<size_t>(c.b)].label) + "</td><td>" +
            metric_format(c.metric).label + "</td><td>" + difference_text(c.metric, c.difference) +
            "</td><td>" + difference_interval_text(c.metric, c.interval) + "</td><td>" +
            html_text(p_text(c.p)) + (c.exact ? " (exact)" : "") + "</td><td>" +
            html_text(p_text(c.p_corrected)) + "</td></tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

}  // namespace

std::string comparisons_section(const ExperimentResult& result) {
  if (result.comparisons.empty()) return "";
  std::string html =
      "<details><summary>Differences between models, with tests</summary>\n<h3>text → "
      "image</h3>\n" +
      view_table(result, View::text_to_image) + "<h3>image → text</h3>\n" +
      view_table(result, View::image_to_text) + "</details>\n";
  if (captions_repeat(result)) {
    html +=
        "<details><summary>Differences in caption-equivalent metrics</summary>\n<h3>text → "
        "image</h3>\n" +
        view_table(result, View::text_to_image_equivalent) + "<h3>image → text</h3>\n" +
        view_table(result, View::image_to_text_equivalent) + "</details>\n";
  }
  return html;
}

}  // namespace sightline
