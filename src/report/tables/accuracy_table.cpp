#include "report/tables/accuracy_table.h"

#include <string>

#include "eval/chance.h"
#include "report/metric_format.h"
#include "report/tables/csv.h"
#include "report/tables/latex.h"
#include "report/tables/metric_table.h"
#include "report/text.h"

namespace sightline {
namespace {

std::string table_name(View view) {
  return "accuracy-at-k-" + view_slug(view);
}

std::optional<Interval> interval_at(const DirectionMetrics& d, size_t i) {
  if (d.accuracy_at_k_intervals.empty()) return std::nullopt;
  return d.accuracy_at_k_intervals[i];
}

// Indices into accuracy_at_k.
std::vector<size_t> printed_cuts(const DirectionMetrics& d) {
  std::vector<size_t> cuts;
  for (const size_t k : {1, 5, 10, 20, 30, 40, 50})
    if (k <= d.accuracy_at_k.size()) cuts.push_back(k - 1);
  return cuts;
}

}  // namespace

Table accuracy_data_table(const ExperimentResult& result, View view) {
  Table table{.name = table_name(view), .title = "", .columns = {}, .rows = {}};
  for (const char* name : {"model", "k"})
    table.columns.push_back({.names = {name}, .title = "", .words = true});
  table.columns.push_back({.names = {"accuracy", "accuracy_low", "accuracy_high"}, .title = ""});
  const auto row = [](const std::string& label, size_t i, double accuracy,
                      const std::optional<Interval>& interval) -> std::vector<TableCell> {
    return {word_cell(label),
            word_cell(std::to_string(i + 1)),
            {.fields = interval_fields(accuracy, interval), .text = ""}};
  };
  for (const ModelResult& model : result.models) {
    const DirectionMetrics& d = metrics_of(model.metrics, view);
    for (size_t i = 0; i < d.accuracy_at_k.size(); ++i)
      table.rows.push_back(row(model.label, i, d.accuracy_at_k[i], interval_at(d, i)));
  }
  const std::vector<double> chance = chance_curve(result, view);
  for (size_t i = 0; i < chance.size(); ++i)
    table.reference.push_back(row("chance", i, chance[i], std::nullopt));
  return table;
}

Table accuracy_overview_table(const ExperimentResult& result, View view) {
  Table table{.name = table_name(view),
              .title = std::string(view_name(view)) + ", accuracy in percent at K, data set " +
                       result.dataset.string(),
              .columns = {{.names = {}, .title = "model", .words = true}},
              .rows = {}};
  const std::vector<size_t> cuts = printed_cuts(metrics_of(result.models[0].metrics, view));
  for (const size_t i : cuts)
    table.columns.push_back({.names = {}, .title = "K = " + std::to_string(i + 1)});
  for (const ModelResult& model : result.models) {
    const DirectionMetrics& d = metrics_of(model.metrics, view);
    table.rows.push_back({word_cell(model.label)});
    for (const size_t i : cuts)
      table.rows.back().push_back({.fields = {},
                                   .text = metric_text(Metric::accuracy, d.accuracy_at_k[i]),
                                   .interval = interval_text(Metric::accuracy, interval_at(d, i))});
  }
  const std::vector<double> chance = chance_curve(result, view);
  table.reference.push_back({word_cell("chance")});
  for (const size_t i : cuts)
    table.reference.back().push_back(
        {.fields = {}, .text = metric_text(Metric::accuracy, chance[i])});
  if (result.statistics.resamples > 0)
    table.notes = {"Small: " + latex_escaped(percent_text(result.statistics.confidence)) +
                   " confidence intervals."};
  return table;
}

}  // namespace sightline
