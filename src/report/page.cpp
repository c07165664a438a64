#include "report/page.h"

#include <sightline/version.h>

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "report/definitions.h"
#include "report/page_images.h"
#include "report/page_noise.h"
#include "report/page_parts.h"
#include "report/page_style.h"
#include "report/page_tables.h"
#include "report/text.h"

namespace sightline {

namespace {

std::string models_section(const ExperimentResult& result) {
  std::string html =
      "<div class=\"wide\"><table><thead><tr><th>model</th><th>family</th>"
      "<th>parameters</th><th>D</th><th>image</th><th>backend, precision</th><th>images encoded / "
      "cached</th>"
      "<th>captions encoded / cached</th><th>seconds</th></tr></thead><tbody>\n";
  for (const ModelResult& m : result.models) {
    html += "<tr><td>" + html_text(m.label) + "</td><td>" + html_text(m.info.family) +
            (m.info.projection.empty() ? "" : " (" + html_text(m.info.projection) + ")") +
            "</td><td>" + decimal(static_cast<double>(m.info.parameters) / 1e6, 1) + " M</td><td>" +
            std::to_string(m.info.embedding_dim) + "</td><td>" + std::to_string(m.info.image_size) +
            " px</td><td>" + html_text(computation_name(m.computation)) + "</td><td>" +
            std::to_string(m.counts.encoded_images) + " / " +
            std::to_string(m.counts.cached_images) + "</td><td>" +
            std::to_string(m.counts.encoded_texts) + " / " + std::to_string(m.counts.cached_texts) +
            "</td><td>" + decimal(m.counts.seconds, 1) + "</td></tr>\n";
  }
  html +=
      "</tbody></table></div>\n<details><summary>Fingerprints and preprocessing</summary>\n"
      "<div class=\"wide "
      "words\"><table><thead><tr><th>model</th><th>fingerprint</th><th>preprocessing</th></tr></"
      "thead><tbody>\n";
  for (const ModelResult& m : result.models) {
    html += "<tr><td>" + html_text(m.label) + "</td><td><code>" + html_text(m.info.fingerprint) +
            "</code></td><td><code>" + html_text(m.preprocess) + "</code></td></tr>\n";
  }
  return html + "</tbody></table></div></details>\n";
}

std::string warnings_section(const ExperimentResult& result) {
  if (result.warnings.empty()) return "";
  std::string html = "<ul>\n";
  for (const std::string& warning : result.warnings)
    html += "<li>" + html_text(warning) + "</li>\n";
  return html + "</ul>\n";
}

std::string skipped_section(const ExperimentResult& result) {
  if (result.skipped.empty()) return "";
  std::string html =
      "<details><summary>" + std::to_string(result.skipped.size()) +
      " rows could not be read or encoded</summary>\n<div class=\"wide words\"><table><thead><tr>"
      "<th>row</th><th>reason</th></tr></thead><tbody>\n";
  for (const auto& skip : result.skipped) {
    html += "<tr><td>" + html_text(skip.id) + "</td><td>" + html_text(skip.reason) + "</td></tr>\n";
  }
  return html + "</tbody></table></div></details>\n";
}

std::string definitions_section(const ExperimentResult& result) {
  std::string html = "<dl>\n";
  for (const auto& [name, text] : metric_definitions(result)) {
    html += "<dt>" + html_text(name) + "</dt><dd>" + html_text(text) + "</dd>\n";
  }
  return html + "</dl>\n";
}

// The noise figure belongs to the noise section, all others to the figures section.
std::string figures_section(std::span<const PageImage> figures, bool noise) {
  std::string html;
  for (const PageImage& figure : figures) {
    if ((figure.name == "noise") == noise) html += figure_html(figure);
  }
  return html;
}

struct Section {
  const char* anchor;
  const char* title;
  std::string html;
};

// Returns the non-empty sections, preceded by links to them.
std::string assemble(const std::vector<Section>& sections) {
  std::string links, html;
  for (const Section& section : sections) {
    if (section.html.empty()) continue;
    links += std::string("<a href=\"#") + section.anchor + "\">" + section.title + "</a>\n";
    html += std::string("<section id=\"") + section.anchor + "\"><h2>" + section.title + "</h2>\n" +
            section.html + "</section>\n";
  }
  return "<nav aria-label=\"Sections\">\n" + links + "</nav>\n" + html;
}

std::string introduction(const ExperimentResult& result) {
  std::string splits;
  for (const std::string& split : result.splits)
    splits += (splits.empty() ? "" : ", ") + html_text(split);
  return "<h1>Text and image retrieval</h1>\n<p class=\"soft\"><code>" +
         html_text(result.dataset.string()) + "</code> (" + html_text(result.dataset_format) +
         (splits.empty() ? "" : ", splits " + splits) + "): " + std::to_string(result.rows.size()) +
         " images, " + std::to_string(result.text_row.size()) + " captions" +
         (result.caption_choice == CaptionChoice::first ? " (the first of each row)" : "") + ", " +
         std::to_string(images_without_caption(result)) + " images without a caption, " +
         std::to_string(result.repeated_rows) + " rows that repeat an image, " +
         std::to_string(result.skipped.size()) + " rows skipped. " +
         counted(static_cast<int64_t>(result.models.size()), "model") +
         ", evaluated on the same rows.</p>\n";
}

}  // namespace

std::string results_page(const ExperimentResult& result, std::span<const PageImage> figures,
                         const PageImages& images) {
  const std::vector<Section> sections = {
      {"results", "Results", results_section(result)},
      {"figures", "Figures", figures_section(figures, false)},
      {"noise", "Noise", figures_section(figures, true) + noise_section(result)},
      {"queries", "Queries", queries_section(result, images)},
      {"rows", "Best, median, worst", rows_section(result, images)},
      {"models", "Models", models_section(result)},
      {"warnings", "Warnings", warnings_section(result)},
      {"skipped", "Skipped rows", skipped_section(result)},
      {"definitions", "Definitions", definitions_section(result)}};
  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src "
         "data:; "
         "style-src 'unsafe-inline'\">\n<title>Retrieval results</title>\n<style>" +
         std::string(kPageStyle) + image_styles(images) + "</style></head>\n<body><main>\n" +
         introduction(result) + assemble(sections) + "<p class=\"soft end\">sightline " +
         std::string(kVersion) +
         ". Machine-readable: <code>results.json</code>.</p>\n</main></body></html>\n";
}

}  // namespace sightline
