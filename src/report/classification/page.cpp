// The page of a classification.
#include "report/classification/page.h"

#include <sightline/overview.h>
#include <sightline/version.h>

#include <algorithm>

#include "base/text.h"
#include "report/classification/parts.h"
#include "report/deployment/quality.h"
#include "report/deployment/section.h"
#include "report/metric_format.h"
#include "report/page/assets.h"
#include "report/page/document.h"
#include "report/page/hits.h"
#include "report/page/models.h"
#include "report/page/parts.h"
#include "report/page/thumbnails.h"
#include "report/report_folder.h"
#include "report/tables/csv.h"
#include "report/text.h"

namespace sightline {
namespace {

std::string row_of_model(const ClassificationResult& result, size_t m) {
  return "<tr data-model=\"" + std::to_string(m) + "\"><th scope=\"row\">" +
         html_text(result.models[m].label) + "</th>";
}

std::string share_cell(double share, const std::string& note = {}, bool best = false) {
  return "<td data-v=\"" + full_precision(share) + (best ? "\" class=\"best\">" : "\">") +
         share_text(share) +
         (note.empty() ? "" : "<small class=\"interval\">" + note + "</small>") + "</td>";
}

std::string results_table(const ClassificationResult& result) {
  std::string head = head_cell("model"), body,
              foot = "<tr class=\"chance\"><th scope=\"row\">chance</th>";
  const std::vector<ClassMetric> metrics = class_metrics(result);
  for (const ClassMetric metric : metrics) {
    head += head_cell(class_metric_label(metric), true);
    foot += "<td>" + share_text(chance_of(result, metric)) + "</td>";
  }
  for (size_t m = 0; m < result.models.size(); ++m) {
    body += row_of_model(result, m);
    for (const ClassMetric metric : metrics) {
      const auto at = static_cast<size_t>(metric);
      const std::vector<int> best = best_models(result, metric);
      body += share_cell(result.models[m].values[at],
                         share_interval_text(result.models[m].intervals[at]),
                         std::ranges::count(best, static_cast<int>(m)) > 0);
    }
    body += "</tr>\n";
  }
  return table_html("results", head, body, "values", foot + "</tr>");
}

std::string comparisons_table(const ClassificationResult& result) {
  if (result.comparisons.empty()) return "";
  std::string head, body;
  for (const char* name : {"metric", "A", "B", "A − B", "p", "p (Holm)"}) head += head_cell(name);
  for (const ClassComparison& c : result.comparisons) {
    const std::string interval = share_difference_interval_text(c.interval);
    body += "<tr data-model=\"" + std::to_string(c.a) + " " + std::to_string(c.b) +
            "\"><th scope=\"row\">" + class_metric_label(c.metric) + "</th><td class=\"text\">" +
            html_text(result.models[static_cast<size_t>(c.a)].label) + "</td><td class=\"text\">" +
            html_text(result.models[static_cast<size_t>(c.b)].label) + "</td><td data-v=\"" +
            full_precision(c.difference) + "\">" + share_difference_text(c.difference) +
            (interval.empty() ? "" : "<small class=\"interval\">" + interval + "</small>") +
            "</td><td>" + html_text(p_text(c.p)) + "</td><td>" + html_text(p_text(c.p_corrected)) +
            (is_significant(c) ? " *" : "") + "</td></tr>\n";
  }
  return "<h3>Differences</h3>\n" + table_html("comparisons", head, body, "pairs") +
         std::string("<p class=\"soft\">A paired ") +
         (result.multilabel ? "sign-flip" : "permutation") +
         " test over images, corrected by Holm's method over the pairs of one metric; * marks a "
         "corrected p below " +
         decimal(kSignificanceLevel, 2) + ".</p>\n";
}

std::string results_section(const ClassificationResult& result) {
  std::string html = "<p class=\"soft\">" + class_task_text(result);
  if (result.statistics.resamples > 0)
    html += " Below each value: its " + percent_text(result.statistics.confidence) +
            " confidence interval.";
  html += "</p>\n" + results_table(result);
  if (!result.comparisons.empty())
    html +=
        "<p class=\"soft\">Bold: the best value and those not significantly worse than it "
        "(corrected p of at "
        "least " +
        decimal(kSignificanceLevel, 2) +
        "), in columns where a model is significantly worse.</p>\n";
  return html + comparisons_table(result);
}

std::string precisions_section(const ClassificationResult& result) {
  std::string head = head_cell("class") + head_cell("images"), body;
  for (size_t m = 0; m < result.models.size(); ++m)
    head += "<th scope=\"col\" data-best=\"high\" data-model=\"" + std::to_string(m) + "\">" +
            html_text(result.models[m].label) + " average precision %</th>";
  for (size_t c = 0; c < result.classes.size(); ++c) {
    body += "<tr><th scope=\"row\">" + html_text(result.classes[c].name) + "</th><td>" +
            std::to_string(result.classes[c].images) + "</td>";
    for (size_t m = 0; m < result.models.size(); ++m) {
      const double value = result.models[m].average_precision[c];
      body += "<td data-model=\"" + std::to_string(m) + "\" data-v=\"" + full_precision(value) +
              "\">" + share_text(value) + "</td>";
    }
    body += "</tr>\n";
  }
  return "<p class=\"soft\">Average precision: the mean over a class's images of the share of its "
         "images among those up to and including this one, in the order of the similarity with the "
         "class. A class without images has none and is left out of the mean.</p>\n" +
         table_html("classes", head, body);
}

std::string classes_section(const ClassificationResult& result) {
  if (result.multilabel) return precisions_section(result);
  std::string head = head_cell("class") + head_cell("images"), body;
  std::vector<std::vector<Confusion>> wrong;
  for (size_t m = 0; m < result.models.size(); ++m) {
    wrong.push_back(confusions(result, result.models[m]));
    const std::string model = std::to_string(m);
    head += "<th scope=\"col\" data-best=\"high\" data-model=\"" + model + "\">" +
            html_text(result.models[m].label) + " recall %</th>";
  }
  for (size_t c = 0; c < result.classes.size(); ++c) {
    body += "<tr><th scope=\"row\">" + html_text(result.classes[c].name) + "</th><td>" +
            std::to_string(result.classes[c].images) + "</td>";
    for (size_t m = 0; m < result.models.size(); ++m) {
      const Confusion& most = wrong[m][c];
      const double recall = result.models[m].class_recall[c];
      body += "<td data-model=\"" + std::to_string(m) + "\" data-v=\"" + full_precision(recall) +
              "\">" + share_text(recall) +
              (most.images > 0
                   ? "<small class=\"interval\">" + std::to_string(most.images) + " as " +
                         html_text(result.classes[static_cast<size_t>(most.image_class)].name) +
                         "</small>"
                   : "") +
              "</td>";
    }
    body += "</tr>\n";
  }
  return "<p class=\"soft\">Recall: the share of a class's images whose own class is the most "
         "similar one. Below: "
         "the class with which it is confused most often, and how often. A class without images is "
         "a "
         "candidate for all images.</p>\n" +
         table_html("classes", head, body);
}

// "cat (rank 3)", what the models take an image for.
std::string predictions_text(const ClassificationResult& result, size_t image) {
  std::vector<std::string> names;
  for (const ClassifiedModel& model : result.models) {
    const std::string& name = result.classes[static_cast<size_t>(model.predicted[image])].name;
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string wrong_section(const ClassificationResult& result, const PageImages& thumbnails) {
  const HardCases hard = hard_cases(result, kWrongImages);
  if (hard.count == 0) return "";
  const bool several = result.models.size() > 1;
  std::string html =
      "<p class=\"soft\">" + counted(hard.count, "image is", "images are") + " classified wrongly" +
      (several ? " by every model" : "") +
      (hard.worst.size() < static_cast<size_t>(hard.count)
           ? "; the " + std::to_string(hard.worst.size()) +
                 " with the largest rank of their class are shown"
           : "") +
      ". Above: the class and its " + (several ? "best rank over the models" : "rank") +
      "; below: what it was taken for.</p>\n" + omitted_note(thumbnails) + "<ol class=\"hits\">";
  for (const HardCase& one : hard.worst) {
    const LabeledImage& image = result.images[static_cast<size_t>(one.index)];
    html += hit_html({one.index, image.id,
                      "taken for: " + predictions_text(result, static_cast<size_t>(one.index))},
                     thumbnails,
                     {result.classes[static_cast<size_t>(image.image_class)].name, false,
                      "rank " + std::to_string(one.best_rank)}) +
            "\n";
  }
  return html + "</ol>\n";
}

std::string prompts_section(const ClassificationResult& result) {
  if (result.templates.empty()) return "<p class=\"soft\">Each class has prompts of its own.</p>\n";
  std::string html = "<p class=\"soft\">{c} stands for the name of the class.</p>\n<ul>\n";
  for (const std::string& text : result.templates)
    html += "<li><code>" + html_text(text) + "</code></li>\n";
  return html + "</ul>\n";
}

std::string models_table(const ClassificationResult& result) {
  std::string head, body;
  for (const char* name :
       {"model", "family", "parameters", "D", "image", "backend, precision", "seconds"})
    head += head_cell(name);
  for (size_t m = 0; m < result.models.size(); ++m) {
    const ClassifiedModel& model = result.models[m];
    body += row_of_model(result, m) + "<td>" + html_text(model.info.family) + "</td><td data-v=\"" +
            std::to_string(model.info.parameters) + "\">" +
            decimal(static_cast<double>(model.info.parameters) / 1e6, 1) + " M</td><td>" +
            std::to_string(model.info.embedding_dim) + "</td><td>" +
            std::to_string(model.info.image_size) + " px</td><td>" +
            html_text(computation_name(model.computation)) + "</td><td>" +
            decimal(model.counts.seconds, 1) + "</td></tr>\n";
  }
  return table_html("models", head, body);
}

std::string skipped_table(const ClassificationResult& result) {
  ExperimentResult skipped;
  skipped.skipped = result.skipped;
  return skipped_section(skipped);
}

std::string definitions_section(const ClassificationResult& result) {
  std::string html = "<dl>\n";
  for (const auto& [name, text] : class_definitions(result))
    html += "<dt>" + html_text(name) + "</dt><dd>" + html_text(text) + "</dd>\n";
  return html + "</dl>\n";
}

std::string introduction(const ClassificationResult& result, const RunInfo& run) {
  std::string splits;
  for (const std::string& split : result.splits)
    splits += (splits.empty() ? ", split " : ", ") + html_text(split);
  return std::string("<h1>") +
         (result.multilabel ? "Multi-label zero-shot classification" : "Zero-shot classification") +
         "</h1>\n<p class=\"soft\"><code>" + html_text(result.dataset.string()) + "</code> (" +
         html_text(result.dataset_format) + splits + "): " + class_counts_text(result) +
         ", labels from " +
         (result.label_column == "folder"
              ? "the folders of the images"
              : "the column <code>" + html_text(result.label_column) + "</code>") +
         ", " + counted(static_cast<int64_t>(result.skipped.size()), "row") + " skipped. " +
         counted(static_cast<int64_t>(result.models.size()), "model") +
         (result.models.size() == 1 ? "" : ", evaluated on the same images") + ".</p>\n" +
         run_details(run);
}

Json names_of(const ClassificationResult& result, const LabeledImage& image) {
  Json names = Json::array();
  if (!result.multilabel)
    names.push_back(result.classes[static_cast<size_t>(image.image_class)].name);
  for (const int64_t c : image.classes)
    names.push_back(result.classes[static_cast<size_t>(c)].name);
  return names;
}

// The data of the script. Ids and captions are by index of the image; only those shown have any.
std::string page_data(const ClassificationResult& result) {
  Json models = Json::array(), ids = Json::array(), captions = Json::array();
  for (const ClassifiedModel& model : result.models) models.push_back(model.label);
  for (const LabeledImage& image : result.images) {
    ids.push_back(image.id);
    captions.push_back(names_of(result, image));
  }
  return script_json(Json{
      {"models", std::move(models)}, {"ids", std::move(ids)}, {"captions", std::move(captions)}});
}

std::string title(const ClassificationResult& result) {
  const std::filesystem::path path = result.dataset.lexically_normal();
  const auto name = path.has_filename() ? path.filename() : path.parent_path().filename();
  return html_text(name.string()) + " – classification";
}

std::string figure_named(std::span<const PageImage> figures, std::string_view name) {
  for (const PageImage& figure : figures)
    if (figure.name == name) return figure_html(figure);
  return "";
}

}  // namespace

std::string classification_page(const ClassificationResult& result, const RunInfo& run,
                                std::span<const PageImage> figures, const PageImages& thumbnails,
                                const std::optional<Deployment>& deployment) {
  const std::string figure = figure_named(figures, "classification");
  const std::string end = "<p class=\"soft end\">sightline " + std::string(kVersion) +
                          ". Machine-readable: " + link_html("results.json", "results.json") +
                          ". Tables: classification (" +
                          link_html("tables/classification.csv", "CSV") + ", " +
                          link_html("tables/classification.tex", "LaTeX") + "), classes (" +
                          link_html("tables/classes.csv", "CSV") + ", " +
                          link_html("tables/classes.tex", "LaTeX") + ").</p>\n";
  return document_html(
      {kReportGenerator,
       title(result),
       introduction(result, run),
       {{"results", "Results",
         results_section(result) +
             (figure.empty() ? "" : "<div class=\"figures\">" + figure + "</div>\n")},
        {"classes", "Classes", classes_section(result)},
        {"wrong", "Wrong images", wrong_section(result, thumbnails)},
        {"deployment", "Deployment",
         deployment_section(deployment, {quality_of(result)}, figure_named(figures, "deployment"))},
        {"prompts", "Prompts", prompts_section(result)},
        {"models", "Models", models_table(result)},
        {"warnings", "Warnings", warnings_section(result.warnings)},
        {"skipped", "Skipped rows", skipped_table(result)},
        {"definitions", "Definitions", definitions_section(result)}},
       end,
       thumbnails,
       page_data(result),
       overview_script()});
}

}  // namespace sightline
