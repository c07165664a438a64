#include "report/page/models.h"

#include <sightline/version.h>

#include <regex>

#include "base/text.h"
#include "report/page/parts.h"
#include "report/text.h"

namespace sightline {
namespace {

std::string td(const std::string& html) {
  return "<td>" + html + "</td>";
}

std::string model_cells(const ModelResult& m) {
  const std::string dimension = td(std::to_string(m.info.embedding_dim));
  if (m.info.family.empty()) {  // vectors that were read, not encoded
    return td("vectors") + td("–") + dimension + td("–") + td("–") + td("–") + td("–") + td("–");
  }
  const std::string projection =
      m.info.projection.empty() ? "" : " (" + html_text(m.info.projection) + ")";
  return td(html_text(m.info.family) + projection) + "<td data-v=\"" +
         std::to_string(m.info.parameters) + "\">" +
         decimal(static_cast<double>(m.info.parameters) / 1e6, 1) + " M</td>" + dimension +
         td(std::to_string(m.info.image_size) + " px") +
         td(html_text(computation_name(m.computation))) +
         td(std::to_string(m.counts.encoded_images) + " / " +
            std::to_string(m.counts.cached_images)) +
         td(std::to_string(m.counts.encoded_texts) + " / " +
            std::to_string(m.counts.cached_texts)) +
         td(decimal(m.counts.seconds, 1));
}

// "2026-11-29T08:04:00Z" as "2026-11-29 08:04 UTC"; other texts are unchanged.
std::string readable_time(const std::string& date) {
  static const std::regex form("(\\d{4}-\\d\\d-\\d\\d)T(\\d\\d:\\d\\d):\\d\\dZ");
  std::smatch parts;
  if (!std::regex_match(date, parts, form)) return date;
  return parts[1].str() + " " + parts[2].str() + " UTC";
}

std::string gibibytes(int64_t bytes) {
  return decimal(static_cast<double>(bytes) / (1024.0 * 1024 * 1024), 1) + " GiB";
}

}  // namespace

std::string models_section(const ExperimentResult& result) {
  std::string head, body, prints;
  for (const char* name : {"model", "family", "parameters", "D", "image", "backend, precision",
                           "images encoded / cached", "captions encoded / cached", "seconds"})
    head += head_cell(name);
  for (size_t m = 0; m < result.models.size(); ++m) {
    const ModelResult& model = result.models[m];
    body += model_row(result, m) + model_cells(model) + "</tr>\n";
    prints += model_row(result, m) + "<td><code>" + html_text(model.info.fingerprint) +
              "</code></td><td><code>" + html_text(model.preprocess) + "</code></td></tr>\n";
  }
  return table_html("models", head, body) +
         "<details><summary>Fingerprints and preprocessing</summary>\n" +
         table_html("fingerprints",
                    head_cell("model") + head_cell("fingerprint") + head_cell("preprocessing"),
                    prints, "words") +
         "</details>\n";
}

std::string warnings_section(const std::vector<std::string>& warnings) {
  if (warnings.empty()) return "";
  std::string html = "<ul>\n";
  for (const std::string& warning : warnings) html += "<li>" + html_text(warning) + "</li>\n";
  return html + "</ul>\n";
}

std::string skipped_section(const ExperimentResult& result) {
  if (result.skipped.empty()) return "";
  std::string body;
  for (const SkippedRow& skip : result.skipped)
    body += "<tr><th scope=\"row\">" + id_html(skip.id) + "</th>" + td(html_text(skip.reason)) +
            "</tr>\n";
  return "<details><summary>" + counted(static_cast<int64_t>(result.skipped.size()), "row") +
         " could not be read or encoded</summary>\n" +
         table_html("skipped", head_cell("row") + head_cell("reason"), body, "words") +
         "</details>\n";
}

std::string run_details(const RunInfo& run) {
  std::string html = "<p class=\"soft run\">" + html_text(readable_time(run.date)) +
                     " · sightline " + std::string(kVersion);
  if (!run.processor.empty()) {
    html += " · " + html_text(run.processor) + ", " + std::to_string(run.processors) +
            (run.processors == 1 ? " core" : " cores") + " (" + std::to_string(run.threads) +
            " used), " + gibibytes(run.memory_bytes) + " memory, " + html_text(run.system);
  }
  html += "</p>\n";
  if (!run.command.empty()) {
    html += "<details class=\"run\"><summary>Command line</summary><pre class=\"id\">" +
            html_exact(run.command) + "</pre></details>\n";
  }
  return html;
}

}  // namespace sightline
