#include "report/page/comparisons.h"

#include "report/metric_format.h"
#include "report/page/parts.h"
#include "report/tables/csv.h"
#include "report/text.h"

namespace sightline {
namespace {

std::string view_table(const ExperimentResult& result, View view) {
  const std::string head = head_cell("model A") + head_cell("model B") + head_cell("metric") +
                           head_cell("A − B") +
                           head_cell(percent_text(result.statistics.confidence) + " interval") +
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
            full_precision(c.p) + "\">" + html_text(p_text(c.p)) +
            (c.exact ? "<small> (exact)</small>" : "") + "</td><td data-v=\"" +
            full_precision(c.p_corrected) + "\">" + html_text(p_text(c.p_corrected)) +
            "</td></tr>\n";
  }
  return table_html(std::string("tests.") + view_name(view), head, body, "pairs");
}

std::string folded_tables(const ExperimentResult& result, const std::string& title, View texts,
                          View images) {
  return "<details><summary>" + title + "</summary>\n<h3>text → image</h3>\n" +
         view_table(result, texts) + "<h3>image → text</h3>\n" + view_table(result, images) +
         "</details>\n";
}

}  // namespace

std::string comparisons_section(const ExperimentResult& result) {
  if (result.comparisons.empty()) return "";
  std::string html = folded_tables(result, "All differences, with intervals and tests",
                                   View::text_to_image, View::image_to_text);
  if (captions_repeat(result)) {
    html += folded_tables(result, "Differences in caption-equivalent metrics",
                          View::text_to_image_equivalent, View::image_to_text_equivalent);
  }
  return html;
}

}  // namespace sightline
