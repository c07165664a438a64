// The section of the page about deployment.
#include "report/deployment/section.h"

#include "base/text.h"
#include "report/page/parts.h"
#include "report/tables/csv.h"
#include "report/text.h"

namespace sightline {
namespace {

std::string cell(double value, const std::string& text, const std::string& note = {}) {
  return "<td data-v=\"" + full_precision(value) + "\">" + text +
         (note.empty() ? "" : "<small class=\"interval\">" + note + "</small>") + "</td>";
}

// "100,000".
std::string thousands(int64_t count) {
  std::string digits = std::to_string(count);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<size_t>(at), ",");
  return digits;
}

// Three significant digits of small values: "0.0142", "1.42", "14.2", "142".
std::string rounded(double value) {
  return decimal(value, value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : value >= 0.1 ? 3 : 4);
}

std::string quality_cell(const QualityColumn& quality, size_t model) {
  const double share = quality.shares.at(model);
  const auto& interval = quality.intervals.at(model);
  return cell(
      share, decimal(100 * share, 2),
      interval ? decimal(100 * interval->low, 2) + "–" + decimal(100 * interval->high, 2) : "");
}

std::string row_html(const Deployment& d, size_t m, const std::vector<QualityColumn>& quality) {
  const DeploymentRow& row = d.rows[m];
  std::string html = "<tr data-model=\"" + std::to_string(m) + "\"><th scope=\"row\">" +
                     html_text(row.label) + "</th><td>" +
                     html_text(computation_name(row.computation)) + "</td>";
  for (const QualityColumn& column : quality) html += quality_cell(column, m);
  const double mebibytes = static_cast<double>(row.peak_memory_bytes) / (1 << 20);
  html += cell(row.images_per_second, rounded(row.images_per_second)) +
          cell(query_ms(row), rounded(query_ms(row)),
               rounded(row.text_ms) + " + " + rounded(row.search_ms)) +
          cell(mebibytes, decimal(mebibytes, 0)) +
          cell(static_cast<double>(row.bytes_per_image), std::to_string(row.bytes_per_image)) +
          cell(hours_per_million(row), rounded(hours_per_million(row)));
  if (const auto cost = cost_per_million(d, row)) html += cell(*cost, rounded(*cost));
  return html + "</tr>\n";
}

std::string head_html(const Deployment& d, const std::vector<QualityColumn>& quality) {
  std::string head = head_cell("model") + head_cell("backend, precision");
  for (const QualityColumn& column : quality)
    head += head_cell(
        column.metric + " %" + (column.dataset.empty() ? "" : ", " + plain_text(column.dataset)),
        true);
  head += head_cell("images / s", true) + head_cell("ms / query (text + search)") +
          head_cell("peak memory, MiB") + head_cell("bytes / stored image") +
          head_cell("hours / 10⁶ images");
  if (d.price_per_hour) head += head_cell(plain_text(d.currency) + " / 10⁶ images");
  return head;
}

std::string note_html(const Deployment& d) {
  std::string html =
      "<p class=\"soft\">Measured on this machine: " + html_text(d.processor) + ", " +
      counted(d.threads, "thread") + "; medians of " + counted(d.rounds, "round") +
      ". Images: " + std::to_string(d.images) + " synthetic photographs of 640 × 480 (" +
      decimal(d.mean_image_bytes / 1000, 0) +
      " kB each), from the file to the vector, in batches of " + std::to_string(d.batch) +
      ". Query: encoding of one text and exact search among " + thousands(d.search_rows) +
      " images. Peak memory: what loading the model and encoding add to the process. Stored image: "
      "its "
      "vector in 32-bit floats.";
  if (d.price_per_hour) {
    html += " Price: " + full_precision(*d.price_per_hour) + " " + html_text(d.currency) +
            " per hour of this machine.";
  }
  return html + "</p>\n";
}

}  // namespace

std::string deployment_section(const std::optional<Deployment>& deployment,
                               const std::vector<QualityColumn>& quality,
                               const std::string& figure) {
  if (!deployment) return "";
  std::string body;
  for (size_t m = 0; m < deployment->rows.size(); ++m) body += row_html(*deployment, m, quality);
  return note_html(*deployment) + table_html("deployment", head_html(*deployment, quality), body) +
         (figure.empty() ? "" : "<div class=\"figures\">" + figure + "</div>\n");
}

}  // namespace sightline
