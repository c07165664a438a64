#include "report/page/page.h"

#include <sightline/version.h>

#include <span>
#include <vector>

#include "base/hash.h"
#include "base/text.h"
#include "report/definitions.h"
#include "report/page/assets.h"
#include "report/page/caption_data.h"
#include "report/page/examples.h"
#include "report/page/metric_tables.h"
#include "report/page/models.h"
#include "report/page/noise.h"
#include "report/page/parts.h"
#include "report/page/queries.h"
#include "report/page/thumbnails.h"
#include "report/text.h"

namespace sightline {

namespace {

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
  return html.empty() ? "" : "<div class=\"figures\">" + html + "</div>\n";
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

std::string introduction(const ExperimentResult& result, const RunInfo& run) {
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
         ", evaluated on the same rows.</p>\n" + run_details(run);
}

// A section that the page's script fills.
std::string filled_by_script(const std::string& description) {
  return "<noscript><p>This table needs JavaScript. <code>ranks.jsonl</code>, written with "
         "<code>--ranks</code>, has the same data.</p></noscript>\n<p class=\"soft\">" +
         description + "</p>\n<div class=\"app\"></div>\n";
}

std::string captions_section(const ExperimentResult& result) {
  if (result.text_row.empty()) return "";
  return filled_by_script(
      "One row per caption, with the rank of its own image among all images for each model (text → "
      "image). A row opens to show the image, its id and all its captions.");
}

std::string breakdown_section(const ExperimentResult& result) {
  if (result.text_row.empty()) return "";
  return filled_by_script(
      "The metrics of the captions of each value of a column, ranked among all images (text → "
      "image). Columns of the data set, and the number of words of the caption.");
}

// Only the page's own script may run.
std::string security_policy() {
  const std::string_view script = page_script();
  const Digest digest = sha256({reinterpret_cast<const uint8_t*>(script.data()), script.size()});
  return "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src "
         "data:; "
         "style-src 'unsafe-inline'; script-src 'sha256-" +
         base64({reinterpret_cast<const char*>(digest.data()), digest.size()}) + "'\">\n";
}

std::vector<Section> sections_of(const ExperimentResult& result, std::span<const PageImage> figures,
                                 const PageImages& images) {
  return {{"results", "Results", results_section(result)},
          {"figures", "Figures", figures_section(figures, false)},
          {"captions", "Captions", captions_section(result)},
          {"breakdown", "Breakdown", breakdown_section(result)},
          {"queries", "Queries", queries_section(result, images)},
          {"examples", "Best, median, worst", examples_section(result, images)},
          {"noise", "Noise", figures_section(figures, true) + noise_section(result)},
          {"models", "Models", models_section(result)},
          {"warnings", "Warnings", warnings_section(result)},
          {"skipped", "Skipped rows", skipped_section(result)},
          {"definitions", "Definitions", definitions_section(result)}};
}

}  // namespace

std::string results_page(const ExperimentResult& result, const RunInfo& run,
                         std::span<const PageImage> figures, const PageImages& images) {
  const std::string version(kVersion);
  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
         "<meta name=\"generator\" content=\"sightline " +
         version +
         "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
         security_policy() + "<title>Retrieval results</title>\n<style>" +
         std::string(page_style()) + image_styles(images) + "</style></head>\n<body><main>\n" +
         introduction(result, run) + assemble(sections_of(result, figures, images)) +
         "<p class=\"soft end\">sightline " + version +
         ". Machine-readable: <code>results.json</code>.</p>\n</main>\n"
         "<script type=\"application/json\" id=\"data\">" +
         caption_data(result, images) + "</script>\n<script>" + std::string(page_script()) +
         "</script></body></html>\n";
}

}  // namespace sightline
