#include "report/page/page.h"

#include <sightline/version.h>

#include <filesystem>
#include <span>
#include <vector>

#include "base/text.h"
#include "report/definitions.h"
#include "report/deployment/quality.h"
#include "report/deployment/section.h"
#include "report/page/assets.h"
#include "report/page/caption_data.h"
#include "report/page/document.h"
#include "report/page/examples.h"
#include "report/page/failures.h"
#include "report/page/metric_tables.h"
#include "report/page/models.h"
#include "report/page/noise.h"
#include "report/page/parts.h"
#include "report/page/queries.h"
#include "report/report_folder.h"
#include "report/text.h"

namespace sightline {

namespace fs = std::filesystem;

namespace {

std::string definitions_section(const ExperimentResult& result) {
  std::string html = "<dl>\n";
  for (const auto& [name, text] : metric_definitions(result)) {
    html += "<dt>" + html_text(name) + "</dt><dd>" + html_text(text) + "</dd>\n";
  }
  return html + "</dl>\n";
}

// Noise and deployment have sections of their own.
std::string figures_section(std::span<const PageImage> figures) {
  std::string html;
  for (const PageImage& figure : figures) {
    if (figure.name != "noise" && figure.name != "deployment") html += figure_html(figure);
  }
  return html.empty() ? "" : "<div class=\"figures\">" + html + "</div>\n";
}

// The figure of a section; empty if it was not drawn.
std::string figure_named(std::span<const PageImage> figures, std::string_view name) {
  for (const PageImage& figure : figures)
    if (figure.name == name) return figure_html(figure);
  return "";
}

std::string noise_figure_html(std::span<const PageImage> figures) {
  const std::string figure = figure_named(figures, "noise");
  return figure.empty() ? "" : "<div class=\"figures\">" + figure + "</div>\n";
}

std::string count(size_t number, std::string_view singular) {
  return counted(static_cast<int64_t>(number), singular);
}

// The data set's folder or file, for the title of the tab.
std::string title(const ExperimentResult& result) {
  if (result.dataset.empty()) return "Retrieval";
  const fs::path path = result.dataset.lexically_normal();
  const fs::path name = path.has_filename() ? path.filename() : path.parent_path().filename();
  return html_text(name.empty() || name == "." ? result.dataset.string() : name.string()) +
         " – retrieval";
}

// Links to files of the report, next to the page. The other tables depend on the data.
std::string files_line(const ExperimentResult& result) {
  std::string links;
  for (const char* table : {"metrics", "comparisons"}) {
    if (table == std::string_view("comparisons") && result.comparisons.empty()) continue;
    for (const char* view : {"text-to-image", "image-to-text"}) {
      const std::string name = std::string(table) + "-" + view;
      links += name + " (" + link_html("tables/" + name + ".csv", "CSV") + ", " +
               link_html("tables/" + name + ".tex", "LaTeX") + "), ";
    }
  }
  return "<p class=\"soft end\">sightline " + std::string(kVersion) +
         ". Machine-readable: " + link_html("results.json", "results.json") + ". Tables: " + links +
         link_html("tables/", "all tables") + ".</p>\n";
}

std::string introduction(const ExperimentResult& result, const RunInfo& run) {
  std::string splits;
  for (const std::string& split : result.splits)
    splits += (splits.empty() ? "" : ", ") + html_text(split);
  return "<h1>Text and image retrieval</h1>\n<p class=\"soft\"><code>" +
         html_text(result.dataset.string()) + "</code> (" + html_text(result.dataset_format) +
         (splits.empty() ? "" : (result.splits.size() == 1 ? ", split " : ", splits ") + splits) +
         "): " + count(result.rows.size(), "image") + ", " +
         count(result.text_row.size(), "caption") +
         (result.caption_choice == CaptionChoice::first ? " (the first of each row)" : "") + ", " +
         counted(images_without_caption(result), "image") + " without a caption, " +
         counted(result.repeated_rows, "row that repeats an image", "rows that repeat an image") +
         ", " + count(result.skipped.size(), "row") + " skipped. " +
         count(result.models.size(), "model") +
         (result.models.size() == 1 ? "" : ", evaluated on the same rows") + ".</p>\n" +
         run_details(run);
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
      "image). A click on a row opens it and shows the image, its id and all its captions.");
}

std::string breakdown_section(const ExperimentResult& result) {
  if (result.text_row.empty()) return "";
  return filled_by_script(
      "The metrics of the captions of each value of a column, ranked among all images (text → "
      "image). Columns of the data set, and the number of words of the caption.");
}

std::vector<Section> sections_of(const ExperimentResult& result, std::span<const PageImage> figures,
                                 const PageImages& images,
                                 const std::optional<Deployment>& deployment) {
  return {
      {"results", "Results", results_section(result)},
      {"figures", "Figures", figures_section(figures)},
      {"captions", "Captions", captions_section(result)},
      {"breakdown", "Breakdown", breakdown_section(result)},
      {"queries", "Queries", queries_section(result, images)},
      {"examples", "Best, median, worst", examples_section(result, images)},
      {"failures", "Failures", failures_section(result, images)},
      {"noise", "Noise", noise_figure_html(figures) + noise_section(result)},
      {"deployment", "Deployment",
       deployment_section(deployment, {quality_of(result)}, figure_named(figures, "deployment"))},
      {"models", "Models", models_section(result)},
      {"warnings", "Warnings", warnings_section(result.warnings)},
      {"skipped", "Skipped rows", skipped_section(result)},
      {"definitions", "Definitions", definitions_section(result)}};
}

}  // namespace

std::string results_page(const ExperimentResult& result, const RunInfo& run,
                         std::span<const PageImage> figures, const PageImages& images,
                         const std::optional<Deployment>& deployment) {
  return document_html({kReportGenerator, title(result), introduction(result, run),
                        sections_of(result, figures, images, deployment), files_line(result),
                        images, caption_data(result, images), page_script()});
}

}  // namespace sightline
