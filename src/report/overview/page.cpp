#include "report/overview/page.h"

#include <sightline/error.h>
#include <sightline/version.h>

#include <algorithm>

#include "base/text.h"
#include "eval/chance.h"
#include "report/deployment/quality.h"
#include "report/deployment/section.h"
#include "report/metric_format.h"
#include "report/overview/sections.h"
#include "report/page/assets.h"
#include "report/page/document.h"
#include "report/page/hits.h"
#include "report/page/models.h"
#include "report/page/parts.h"
#include "report/page/significance.h"
#include "report/page/thumbnails.h"
#include "report/report_folder.h"
#include "report/shown_examples.h"
#include "report/text.h"

namespace sightline {
namespace {

constexpr View kView = View::text_to_image;

const ExperimentResult& first_of(const Overview& overview) {
  return overview.datasets.at(0).result;
}

std::string link_of(const DatasetResult& dataset) {
  return report_link(dataset.name, dataset.report_error.has_value(), html_text(dataset.name));
}

std::string link_of(const ClassifiedDataset& dataset) {
  return report_link(dataset.name, dataset.report_error.has_value(), html_text(dataset.name));
}

std::string number_cell(size_t number) {
  return "<td>" + std::to_string(number) + "</td>";
}

// "test, novel"; empty if all rows are evaluated.
std::string splits_of(const std::vector<std::string>& names) {
  std::string splits;
  for (const std::string& split : names) splits += (splits.empty() ? "" : ", ") + html_text(split);
  return splits;
}

std::string dataset_end(const std::vector<std::string>& splits, const std::filesystem::path& path) {
  return "<td>" + (splits.empty() ? "all" : splits_of(splits)) + "</td><td class=\"text\"><code>" +
         html_text(path.string()) + "</code></td></tr>\n";
}

std::string retrieval_rows(const Overview& overview) {
  std::string body;
  for (const DatasetResult& dataset : overview.datasets) {
    const ExperimentResult& result = dataset.result;
    body += "<tr><th scope=\"row\">" + link_of(dataset) + "</th><td>retrieval</td>" +
            number_cell(result.rows.size()) + number_cell(result.text_row.size()) +
            number_cell(static_cast<size_t>(images_without_caption(result))) + "<td>–</td>" +
            number_cell(result.skipped.size()) + dataset_end(result.splits, result.dataset);
  }
  return body;
}

std::string classified_rows(const Overview& overview) {
  std::string body;
  for (const ClassifiedDataset& dataset : overview.classified) {
    const ClassificationResult& result = dataset.result;
    body += "<tr><th scope=\"row\">" + link_of(dataset) + "</th><td>classification</td>" +
            number_cell(result.images.size()) + "<td>–</td><td>–</td>" +
            number_cell(result.classes.size()) + number_cell(result.skipped.size()) +
            dataset_end(result.splits, result.dataset);
  }
  return body;
}

std::string datasets_section(const Overview& overview) {
  std::string head;
  for (const char* name : {"data set", "task", "images", "captions", "images without a caption",
                           "classes", "rows skipped", "splits"})
    head += head_cell(name);
  head += "<th scope=\"col\" class=\"text\">path</th>";
  return "<p class=\"soft\">Each data set has a report of its own, with figures, tests, and "
         "captions or "
         "classes.</p>\n" +
         table_html("datasets", head, retrieval_rows(overview) + classified_rows(overview));
}

// Models in rows, data sets in columns.
std::string matrix(const Overview& overview, Metric metric) {
  const ExperimentResult& first = first_of(overview);
  const std::string label = metric == Metric::score || metric == Metric::accuracy
                                ? metric_format(metric).label + message(" at K = ", first.top_k)
                                : std::string(metric_format(metric).label);
  std::string head = head_cell("model"), body, foot = "<tr><th scope=\"row\">chance</th>";
  std::vector<std::vector<int>> best;
  for (const DatasetResult& dataset : overview.datasets) {
    head += "<th scope=\"col\">" + link_of(dataset) + "</th>";
    best.push_back(best_models(dataset.result, kView, metric));
    foot += "<td>" + metric_text(metric, chance_of(dataset.result, kView, metric)) + "</td>";
  }
  for (size_t m = 0; m < first.models.size(); ++m) {
    body += model_row(first, m);
    for (size_t d = 0; d < overview.datasets.size(); ++d)
      body += metric_cell(metrics_of(overview.datasets[d].result.models[m].metrics, kView), metric,
                          std::ranges::count(best[d], static_cast<int>(m)) > 0);
    body += "</tr>\n";
  }
  return "<div class=\"wide\"><table class=\"matrix values\" data-metric=\"" +
         std::string(metric_name(metric)) + "\"><caption>" + label + "</caption><thead><tr>" +
         head + "</tr></thead><tbody>\n" + body + "</tbody><tfoot>" + foot +
         "</tr></tfoot></table></div>\n";
}

std::string retrieval_matrices(const Overview& overview) {
  if (overview.datasets.empty()) return "";
  const ExperimentResult& first = first_of(overview);
  const std::string splits = splits_of(first.splits);
  std::string html =
      std::string(overview.classified.empty() ? "" : "<h3>Retrieval</h3>\n") +
      "<p class=\"soft\">text → image, strict: each caption is a query among all images of its "
      "data set" +
      (splits.empty()             ? std::string()
       : first.splits.size() == 1 ? " in the split " + splits
                                  : " in the splits " + splits) +
      ".";
  if (first.statistics.resamples > 0) {
    html += " Below each value: its " + percent_text(first.statistics.confidence) +
            " confidence interval.";
  }
  html += "</p>\n<div class=\"matrices\">\n";
  for (const Metric metric : main_metrics(first.top_k)) html += matrix(overview, metric);
  return html + "</div>\n" + significance_note(first);
}

std::string hit_list(const QueryHits& query, const OverviewImages& images,
                     const PageImages& thumbnails) {
  std::string html = "<ol class=\"hits\">";
  for (size_t i = 0; i < std::min(kMaxPageHits, query.hits.size()); ++i) {
    const SearchHit& hit = query.hits[i];
    const VectorItem& item = hit.item;
    html += hit_html({images.number(item), item.id, item.captions.empty() ? "" : item.captions[0]},
                     thumbnails,
                     {hit_head(i, hit.similarity), has_caption(item.captions, query.name),
                      dataset_and_split(item)}) +
            "\n";
  }
  return html + "</ol>\n";
}

std::string queries_introduction(const Overview& overview, const OverviewImages& images) {
  const bool splits = std::ranges::any_of(
      images.items(), [](const VectorItem& item) { return !split_of(item).empty(); });
  return "<p class=\"soft\">The nearest images to each text among all " +
         std::to_string(overview.searches[0].result.rows) + " images of the data sets" +
         (splits ? ", in every split, with similarity, data set and split, id and caption. Models "
                   "trained on the split train have seen its images. "
                 : ", with similarity, data set, id and caption. ") +
         "A green frame and ✓ mark an image that has the text as its caption.</p>\n";
}

std::string queries_section(const Overview& overview, const OverviewImages& images,
                            const PageImages& thumbnails) {
  if (overview.searches.empty()) return "";
  std::string html = queries_introduction(overview, images) + omitted_note(thumbnails);
  for (size_t q = 0; q < overview.searches[0].result.queries.size(); ++q) {
    html += "<h3 class=\"query\">“" + html_text(overview.searches[0].result.queries[q].name) +
            "”</h3>\n<div class=\"side\">\n";
    for (size_t m = 0; m < overview.searches.size(); ++m) {
      const ModelSearch& search = overview.searches[m];
      html += "<div data-model=\"" + std::to_string(m) + "\"><h4>" + html_text(search.label) +
              "</h4>\n" + hit_list(search.result.queries[q], images, thumbnails) + "</div>\n";
    }
    html += "</div>\n";
  }
  return html;
}

std::string names_of(const Overview& overview) {
  std::string names;
  for (const QualityColumn& column : quality_of(overview))
    names += (names.empty() ? "" : ", ") + html_text(column.dataset);
  return names;
}

std::string introduction(const Overview& overview, const RunInfo& run) {
  std::string links;
  for (const DatasetResult& dataset : overview.datasets)
    links += (links.empty() ? "" : ", ") + link_of(dataset);
  for (const ClassifiedDataset& dataset : overview.classified)
    links += (links.empty() ? "" : ", ") + link_of(dataset);
  const size_t datasets = overview.datasets.size() + overview.classified.size();
  return std::string("<h1>") +
         (overview.classified.empty() ? "Text and image retrieval" : "Several data sets") +
         "</h1>\n<p class=\"soft\">" +
         counted(static_cast<int64_t>(model_labels(overview).size()), "model") + " on " +
         counted(static_cast<int64_t>(datasets), "data set") + ": " + links + ".</p>\n" +
         run_details(run);
}

// The data of the script: labels of models, and per image its id and captions.
std::string page_data(const Overview& overview, const OverviewImages& images) {
  Json models = Json::array(), ids = Json::array(), captions = Json::array();
  for (const std::string& label : model_labels(overview)) models.push_back(label);
  for (const VectorItem& item : images.items()) {
    ids.push_back(item.id);
    captions.push_back(item.captions);
  }
  return script_json(Json{
      {"models", std::move(models)}, {"ids", std::move(ids)}, {"captions", std::move(captions)}});
}

}  // namespace

OverviewImages::OverviewImages(const Overview& overview) {
  for (size_t i = 0; i < kMaxPageHits; ++i) {
    for (const ModelSearch& search : overview.searches) {
      for (const QueryHits& query : search.result.queries) {
        if (i >= query.hits.size()) continue;
        const VectorItem& item = query.hits[i].item;
        const auto next = static_cast<int64_t>(items_.size());
        if (numbers_.try_emplace({item.dataset, split_of(item), item.id}, next).second)
          items_.push_back(item);
      }
    }
  }
  first_hard_ = static_cast<int64_t>(items_.size());
  for (const DatasetResult& dataset : overview.datasets) {
    for (const HardCase& one : hard_cases(dataset.result, kShownHard).worst) {
      const int64_t row = dataset.result.text_row[static_cast<size_t>(one.index)];
      const ExperimentRow& source = dataset.result.rows[static_cast<size_t>(row)];
      add_hard(dataset.name, source.split, source.id, caption_of(dataset.result, one.index));
    }
  }
  for (const ClassifiedDataset& dataset : overview.classified) {
    for (const HardCase& one : hard_cases(dataset.result, kShownHard).worst) {
      const LabeledImage& image = dataset.result.images[static_cast<size_t>(one.index)];
      add_hard(dataset.name, image.split, image.id,
               dataset.result.classes[static_cast<size_t>(image.image_class)].name);
    }
  }
}

void OverviewImages::add_hard(const std::string& dataset, const std::string& split,
                              const std::string& id, const std::string& caption) {
  const auto next = static_cast<int64_t>(items_.size());
  if (!hard_numbers_.try_emplace({dataset, split, id}, next).second) return;
  VectorItem item{id, {caption}, {}, dataset};
  if (!split.empty()) item.fields["split"] = split;
  items_.push_back(std::move(item));
}

int64_t OverviewImages::hard_number(const std::string& dataset, const std::string& split,
                                    const std::string& id) const {
  const auto found = hard_numbers_.find({dataset, split, id});
  return found == hard_numbers_.end() ? -1 : found->second;
}

int64_t OverviewImages::number(const VectorItem& item) const {
  const auto found = numbers_.find({item.dataset, split_of(item), item.id});
  return found == numbers_.end() ? -1 : found->second;
}

std::string overview_page(const Overview& overview, const RunInfo& run,
                          const OverviewImages& images, const PageImages& thumbnails,
                          std::span<const PageImage> figures) {
  const std::string figure = figures.empty() ? "" : figure_html(figures.front());
  const std::string end = "<p class=\"soft end\">sightline " + std::string(kVersion) +
                          ". Machine-readable: " + link_html("results.json", "results.json") +
                          ".</p>\n";
  return document_html(
      {kOverviewGenerator,
       names_of(overview) + (overview.classified.empty() ? " – retrieval" : " – evaluation"),
       introduction(overview, run),
       {{"results", "Results", retrieval_matrices(overview) + classification_matrices(overview)},
        {"datasets", "Data sets", datasets_section(overview)},
        {"agreement", "Agreement", correlation_section(overview)},
        {"hard", "Hard for all models", hard_section(overview, images, thumbnails)},
        {"deployment", "Deployment",
         deployment_section(overview.deployment, quality_of(overview), figure)},
        {"queries", "Queries", queries_section(overview, images, thumbnails)},
        {"warnings", "Warnings", warnings_section(overview.warnings)}},
       end,
       thumbnails,
       page_data(overview, images),
       overview_script()});
}

}  // namespace sightline
