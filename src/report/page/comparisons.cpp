#include "report/page/comparisons.h"

#include "report/figure_parts.h"
#include "report/metric_format.h"
#include "report/page/parts.h"
#include "report/text.h"

namespace sightline {
namespace {

std::string view_table(const ExperimentResult& result, View view) {
  const std::string head =
      head_cell("model A") + head_cell("model B") + head_cell("metric") + head_cell("A − B") +
      head_cell(short_decimal(100 * result.statistics.confidence) + " % interval") +
      head_cell("p") + head_cell("p, corrected");
  std::string body;
  for (const MetricComparison& c : result.comparisons) {
    if (c.view != view) continue;
    const auto a = static_cast<size_t>(c.a), b = static_cast<size_t>(c.b);
    body += "<tr data-model=\"" + std::to_string(a) + " " + std::to_string(b) +
            "\"><th scope=\"row\">" + html_text(result.models[a].label) + "</th><td>" +
            html_text(result.models[b].label) + "</td><td>" + metric_format(c.metric).label +
            "</td><td>" + difference_text(c.metric, c.difference) + "</td><td>" +
            difference_interval_text(c.metric, c.interval) + "</td><td data-v=\"" +
            decimal(c.p, 8) + "\">" + html_text(p_text(c.p)) + (c.exact ? " (exact)" : "") +
            "</td><td data-v=\"" + decimal(c.p_corrected, 8) + "\">" +
            html_text(p_text(c.p_corrected)) + "</td></tr>\n";
  }
  return table_html(std::string("tests.") + view_name(view), head, body, "pairs");
}

}  // namespace

std::string comparisons_section(const ExperimentResult& result) {
  if (result.comparisons.empty()) return "";
  std::string html =
      "<details><summary>All differences, with intervals and tests</summary>\n<h3>text → "
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
