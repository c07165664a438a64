#include "report/page.h"

#include <sightline/version.h>

#include <algorithm>

#include "report/definitions.h"
#include "report/page_style.h"
#include "report/page_tables.h"
#include "report/text.h"

namespace sightline {
namespace {

std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t left = std::min<size_t>(3, bytes.size() - i);
    uint32_t word = 0;
    for (size_t b = 0; b < 3; ++b) {
      word = word << 8 | (b < left ? static_cast<unsigned char>(bytes[i + b]) : 0u);
    }
    for (size_t d = 0; d < 4; ++d) out += d <= left ? kDigits[word >> (18 - 6 * d) & 63] : '=';
  }
  return out;
}

std::string figure_html(const PageImage& image) {
  return "<figure><img alt=\"" + html_text(image.caption) + "\" src=\"data:" + image.type +
         ";base64," + base64(image.bytes) + "\"><figcaption>" + html_text(image.caption) +
         "</figcaption></figure>\n";
}

std::string models_section(const ExperimentResult& result) {
  std::string html =
      "<h2>Models</h2>\n<div class=\"wide\"><table><thead><tr><th>model</th><th>family</th>"
      "<th>parameters</th><th>D</th><th>picture</th><th>computed by</th><th>pictures encoded / cached</th>"
      "<th>captions encoded / cached</th><th>seconds</th></tr></thead><tbody>\n";
  for (const ModelResult& m : result.models) {
    html += "<tr><td>" + html_text(m.label) + "</td><td>" + html_text(m.info.family) + "</td><td>" +
            decimal(static_cast<double>(m.info.parameters) / 1e6, 1) + " M</td><td>" +
            std::to_string(m.info.embedding_dim) + "</td><td>" + std::to_string(m.info.image_size) +
            " px</td><td>" + html_text(m.backend + " " + m.precision) + "</td><td>" +
            std::to_string(m.counts.encoded_images) + " / " + std::to_string(m.counts.cached_images) +
            "</td><td>" + std::to_string(m.counts.encoded_texts) + " / " +
            std::to_string(m.counts.cached_texts) + "</td><td>" + decimal(m.counts.seconds, 1) + "</td></tr>\n";
  }
  html += "</tbody></table></div>\n<details><summary>Fingerprints and preprocessing</summary>\n"
          "<div class=\"wide words\"><table><thead><tr><th>model</th><th>fingerprint</th><th>preprocessing</th></tr></thead><tbody>\n";
  for (const ModelResult& m : result.models) {
    html += "<tr><td>" + html_text(m.label) + "</td><td><code>" + html_text(m.info.fingerprint) +
            "</code></td><td><code>" + html_text(m.preprocess) + "</code></td></tr>\n";
  }
  return html + "</tbody></table></div></details>\n";
}

std::string grids_section(std::span<const PageGrid> grids) {
  if (grids.empty()) return "";
  std::string html = "<h2>Queries</h2>\n";
  for (size_t i = 0; i < grids.size(); ++i) {
    if (i == 0 || grids[i].query != grids[i - 1].query) {
      html += "<h3>“" + html_text(grids[i].query) + "”</h3>\n";
    }
    html += figure_html(grids[i].image);
  }
  return html;
}

std::string notes_section(const ExperimentResult& result) {
  std::string html;
  if (!result.warnings.empty()) {
    html += "<h2>Warnings</h2>\n<ul>\n";
    for (const std::string& warning : result.warnings) html += "<li>" + html_text(warning) + "</li>\n";
    html += "</ul>\n";
  }
  if (!result.skipped.empty()) {
    html += "<h2>Left out</h2>\n<details><summary>" + std::to_string(result.skipped.size()) +
            " rows could not be read or encoded</summary>\n<div class=\"wide words\"><table><thead><tr>"
            "<th>row</th><th>reason</th></tr></thead><tbody>\n";
    for (const auto& skip : result.skipped) {
      html += "<tr><td>" + html_text(skip.id) + "</td><td>" + html_text(skip.reason) + "</td></tr>\n";
    }
    html += "</tbody></table></div></details>\n";
  }
  return html;
}

std::string introduction(const ExperimentResult& result) {
  std::string splits;
  for (const std::string& split : result.splits) splits += (splits.empty() ? "" : ", ") + html_text(split);
  return "<h1>Text and picture retrieval</h1>\n<p class=\"soft\"><code>" + html_text(result.dataset.string()) +
         "</code> (" + html_text(result.dataset_kind) + (splits.empty() ? "" : ", splits " + splits) + "): " +
         std::to_string(result.rows.size()) + " pictures, " + std::to_string(result.text_row.size()) +
         " captions" + (result.caption_choice == CaptionChoice::first ? " (the first of each row)" : "") +
         ", " + std::to_string(result.skipped.size()) + " rows left out. " +
         std::to_string(result.models.size()) + (result.models.size() == 1 ? " model" : " models") +
         ", all on the same rows.</p>\n";
}

}  // namespace

std::string results_page(const ExperimentResult& result, std::span<const PageImage> figures,
                         std::span<const PageGrid> grids) {
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
      "style-src 'unsafe-inline'\">\n<title>Retrieval results</title>\n<style>" +
      std::string(kPageStyle) + "</style></head>\n<body><main>\n" + introduction(result);
  html += "<h2>Results</h2>\n" + results_section(result);
  if (!figures.empty()) html += "<h2>Figures</h2>\n";
  for (const PageImage& figure : figures) html += figure_html(figure);
  html += grids_section(grids) + models_section(result) + notes_section(result);
  html += "<h2>Definitions</h2>\n<dl>\n";
  for (const auto& [name, text] : metric_definitions(result)) {
    html += "<dt>" + html_text(name) + "</dt><dd>" + html_text(text) + "</dd>\n";
  }
  html += "</dl>\n<p class=\"soft\" style=\"margin-top:40px\">sightline " + std::string(kVersion) +
          ". The same figures for machines: <code>results.json</code>.</p>\n</main></body></html>\n";
  return html;
}

}  // namespace sightline
