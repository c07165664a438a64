// The tables of a classification as CSV and LaTeX.
#include "report/classification/tables.h"

#include <algorithm>

#include "report/classification/parts.h"
#include "report/tables/csv.h"
#include "report/text.h"

namespace sightline {
namespace {

Mark mark_of(const std::vector<int>& best, size_t model) {
  if (std::ranges::find(best, static_cast<int>(model)) == best.end()) return Mark::none;
  return best.size() == 1 ? Mark::best : Mark::group;
}

}  // namespace

Table classification_table(const ClassificationResult& result) {
  Table table{.name = "classification",
              .title = "zero-shot classification, data set " + result.dataset.string(),
              .columns = {{.names = {"model"}, .title = "model", .words = true}},
              .rows = {}};
  for (const ClassMetric metric : class_metrics(result)) {
    const std::string name = class_metric_name(metric);
    table.columns.push_back({.names = {name, name + "_low", name + "_high", name + "_best"},
                             .title = class_metric_label(metric)});
  }
  for (size_t m = 0; m < result.models.size(); ++m) {
    const ClassifiedModel& model = result.models[m];
    std::vector<TableCell> row = {word_cell(model.label)};
    for (const ClassMetric metric : class_metrics(result)) {
      const auto at = static_cast<size_t>(metric);
      TableCell cell{.fields = interval_fields(model.values[at], model.intervals[at]),
                     .text = share_text(model.values[at]),
                     .interval = share_interval_text(model.intervals[at]),
                     .mark = mark_of(best_models(result, metric), m)};
      cell.fields.emplace_back(cell.mark == Mark::best    ? "best"
                               : cell.mark == Mark::group ? "not distinguished"
                                                          : "");
      row.push_back(std::move(cell));
    }
    table.rows.push_back(std::move(row));
  }
  std::vector<TableCell> chance = {word_cell("chance")};
  for (const ClassMetric metric : class_metrics(result)) {
    const double value = chance_of(result, metric);
    chance.push_back({.fields = interval_fields(value, std::nullopt), .text = share_text(value)});
    chance.back().fields.emplace_back();
  }
  table.reference.push_back(std::move(chance));
  return table;
}

namespace {

Table precisions_table(const ClassificationResult& result) {
  Table table{.name = "classes",
              .title = "average precision of each class, data set " + result.dataset.string(),
              .columns = {{.names = {"class"}, .title = "class", .words = true},
                          {.names = {"images"}, .title = "images"},
                          {.names = {"model"}, .title = "model", .words = true},
                          {.names = {"average_precision"}, .title = "average precision %"}},
              .rows = {}};
  for (size_t c = 0; c < result.classes.size(); ++c) {
    for (const ClassifiedModel& model : result.models) {
      const double value = model.average_precision[c];
      table.rows.push_back({word_cell(result.classes[c].name),
                            word_cell(std::to_string(result.classes[c].images)),
                            word_cell(model.label),
                            {.fields = {full_precision(value)}, .text = share_text(value)}});
    }
  }
  return table;
}

}  // namespace

Table classes_table(const ClassificationResult& result) {
  if (result.multilabel) return precisions_table(result);
  Table table{
      .name = "classes",
      .title = "recall of each class, data set " + result.dataset.string(),
      .columns = {{.names = {"class"}, .title = "class", .words = true},
                  {.names = {"images"}, .title = "images"},
                  {.names = {"model"}, .title = "model", .words = true},
                  {.names = {"recall"}, .title = "recall %"},
                  {.names = {"most_confused"}, .title = "most confused with", .words = true},
                  {.names = {"most_confused_images"}, .title = "images"}},
      .rows = {}};
  std::vector<std::vector<Confusion>> wrong;
  for (const ClassifiedModel& model : result.models) wrong.push_back(confusions(result, model));
  for (size_t c = 0; c < result.classes.size(); ++c) {
    for (size_t m = 0; m < result.models.size(); ++m) {
      const Confusion& most = wrong[m][c];
      const double recall = result.models[m].class_recall[c];
      table.rows.push_back(
          {word_cell(result.classes[c].name),
           word_cell(std::to_string(result.classes[c].images)),
           word_cell(result.models[m].label),
           {.fields = {full_precision(recall)}, .text = share_text(recall)},
           word_cell(most.images > 0 ? result.classes[static_cast<size_t>(most.image_class)].name
                                     : ""),
           word_cell(std::to_string(most.images))});
    }
  }
  return table;
}

}  // namespace sightline
