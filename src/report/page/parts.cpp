#include "report/page/parts.h"

#include <algorithm>
#include <cstdint>

#include "base/base64.h"
#include "report/metric_format.h"
#include "report/tables/csv.h"
#include "report/text.h"

namespace sightline {

std::string figure_html(const PageImage& image) {
  return "<figure><div><img alt=\"" + html_text(image.caption) + "\" src=\"data:" + image.type +
         ";base64," + base64(image.bytes) + "\"></div><figcaption>" + html_text(image.caption) +
         "</figcaption></figure>\n";
}

std::string table_html(std::string_view name, std::string_view head, std::string_view body,
                       std::string_view classes, std::string_view foot) {
  std::string html = "<div class=\"wide\"><table class=\"data";
  if (!classes.empty()) html += " " + std::string(classes);
  return html + "\" data-name=\"" + html_text(name) + "\"><thead><tr>" + std::string(head) +
         "</tr></thead><tbody>\n" + std::string(body) + "</tbody>" +
         (foot.empty() ? "" : "<tfoot>" + std::string(foot) + "</tfoot>") + "</table></div>\n";
}

std::string model_row(const ExperimentResult& result, size_t index) {
  return "<tr data-model=\"" + std::to_string(index) + "\"><th scope=\"row\">" +
         html_text(result.models[index].label) + "</th>";
}

std::string head_cell(std::string_view text, bool high_is_best) {
  return std::string("<th scope=\"col\"") + (high_is_best ? " data-best=\"high\">" : ">") +
         html_text(text) + "</th>";
}

std::string metric_cell(const DirectionMetrics& d, Metric metric, bool best) {
  const double value = metric_value(d, metric);
  std::string html = "<td data-v=\"" + full_precision(value) +
                     (best ? "\" class=\"best\">" : "\">") + metric_text(metric, value);
  const std::string interval = interval_text(metric, metric_interval(d, metric));
  if (!interval.empty()) html += "<small class=\"interval\">" + interval + "</small>";
  return html + "</td>";
}

std::string id_html(std::string_view id) {
  const std::string text = html_exact(id);
  return "<span class=\"name\"><code class=\"id\">" + text + "</code></span>";
}

std::string url_part(std::string_view name) {
  constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (kUnreserved.find(c) != kUnreserved.npos) {
      out += c;
    } else {
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

}  // namespace sightline
