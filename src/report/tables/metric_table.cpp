#include "report/tables/metric_table.h"

#include <algorithm>
#include <iterator>

#include "eval/chance.h"
#include "report/metric_format.h"
#include "report/tables/csv.h"
#include "report/tables/latex.h"
#include "report/text.h"

namespace sightline {
namespace {

TableColumn integer_column(const std::string& name) {
  return {.names = {name}, .title = "", .words = false};
}

TableCell integer_cell(int64_t value) {
  return word_cell(std::to_string(value));
}

// The models, and the size of the query and candidate sets.
std::vector<TableColumn> first_columns() {
  return {{.names = {"model"}, .title = "model", .words = true},
          integer_column("queries"),
          integer_column("candidates"),
          integer_column("top_k")};
}

std::vector<TableCell> first_cells(const std::string& label, const DirectionMetrics& d) {
  return {word_cell(label), integer_cell(d.queries), integer_cell(d.candidates),
          integer_cell(d.top_k)};
}

TableColumn metric_column(Metric metric, bool tested) {
  const std::string name = metric_name(metric);
  TableColumn column{.names = {name, name + "_low", name + "_high"},
                     .title = metric_format(metric).label,
                     .words = false};
  if (tested) column.names.push_back(name + "_best");
  return column;
}

TableCell metric_cell(const DirectionMetrics& d, Metric metric) {
  const double value = metric_value(d, metric);
  const std::optional<Interval> interval = metric_interval(d, metric);
  return {.fields = interval_fields(value, interval),
          .text = metric_text(metric, value),
          .interval = interval_text(metric, interval)};
}

Mark mark_of(const std::vector<int>& best, size_t model) {
  if (std::ranges::find(best, static_cast<int>(model)) == best.end()) return Mark::none;
  return best.size() == 1 ? Mark::best : Mark::group;
}

std::vector<std::string> interval_notes(const ExperimentResult& result) {
  if (result.statistics.resamples == 0) return {};
  return {"Small: " + latex_escaped(percent_text(result.statistics.confidence)) +
          " confidence intervals."};
}

// Explains the marks that occur.
std::vector<std::string> mark_notes(const Table& table) {
  bool best = false, group = false;
  for (const auto& row : table.rows) {
    best |= std::ranges::any_of(row, [](const auto& cell) { return cell.mark == Mark::best; });
    group |= std::ranges::any_of(row, [](const auto& cell) { return cell.mark == Mark::group; });
  }
  const std::string test = "(Holm, $p < " + decimal(kSignificanceLevel, 2) + "$).";
  std::vector<std::string> notes;
  if (best) notes.push_back("\\textbf{Bold}: significantly better than every other model " + test);
  if (group)
    notes.push_back(
        "$\\dagger$: not distinguished from the best; every other model is significantly worse "
        "than the best " +
        test);
  return notes;
}

std::string title_of(const ExperimentResult& result, View view, const std::string& queries) {
  return std::string(view_name(view)) + ", " + queries + ", K = " + std::to_string(result.top_k) +
         ", data set " + result.dataset.string();
}

// The row of the chance level, without intervals; empty for a view that has none.
std::vector<TableCell> chance_cells(const ExperimentResult& result, View view) {
  const std::vector<double> level = chance_level(result, view);
  if (level.empty()) return {};
  const DirectionMetrics& first = metrics_of(result.models[0].metrics, view);
  std::vector<TableCell> row = first_cells("chance", first);
  for (int m = 0; m < kMetricCount; ++m) {
    const auto metric = static_cast<Metric>(m);
    const double value = level[static_cast<size_t>(m)];
    row.push_back(
        {.fields = interval_fields(value, std::nullopt), .text = metric_text(metric, value)});
    if (is_tested(result, view, metric)) row.back().fields.emplace_back();
  }
  return row;
}

}  // namespace

Table metric_table(const ExperimentResult& result, View view) {
  Table table{.name = "metrics-" + view_slug(view),
              .title = title_of(result, view, "all queries"),
              .columns = first_columns(),
              .rows = {}};
  std::vector<std::vector<int>> best;
  for (int m = 0; m < kMetricCount; ++m) {
    const auto metric = static_cast<Metric>(m);
    table.columns.push_back(metric_column(metric, is_tested(result, view, metric)));
    best.push_back(best_models(result, view, metric));
  }
  for (size_t i = 0; i < result.models.size(); ++i) {
    const DirectionMetrics& d = metrics_of(result.models[i].metrics, view);
    std::vector<TableCell> row = first_cells(result.models[i].label, d);
    for (int m = 0; m < kMetricCount; ++m) {
      const auto metric = static_cast<Metric>(m);
      TableCell cell = metric_cell(d, metric);
      cell.mark = mark_of(best[static_cast<size_t>(m)], i);
      if (is_tested(result, view, metric))
        cell.fields.emplace_back(cell.mark == Mark::best    ? "best"
                                 : cell.mark == Mark::group ? "not distinguished"
                                                            : "");
      row.push_back(std::move(cell));
    }
    table.rows.push_back(std::move(row));
  }
  if (auto chance = chance_cells(result, view); !chance.empty())
    table.reference.push_back(std::move(chance));
  table.notes = interval_notes(result);
  std::ranges::move(mark_notes(table), std::back_inserter(table.notes));
  return table;
}

Table group_table(const ExperimentResult& result, View view, const std::string& name,
                  const std::vector<std::string>& columns, const std::vector<MetricGroup>& groups) {
  Table table{.name = name + "-" + view_slug(view),
              .title = title_of(result, view, name),
              .columns = {},
              .rows = {}};
  for (const std::string& column : columns)
    table.columns.push_back({.names = {column}, .title = column, .words = true});
  std::ranges::move(first_columns(), std::back_inserter(table.columns));
  for (int m = 0; m < kMetricCount; ++m)
    table.columns.push_back(metric_column(static_cast<Metric>(m), false));
  bool intervals = false;
  for (const MetricGroup& group : groups) {
    for (size_t i = 0; i < group.metrics.size(); ++i) {
      const DirectionMetrics& d = group.metrics[i];
      std::vector<TableCell> row;
      for (const std::string& part : group.names) row.push_back(word_cell(part));
      std::ranges::move(first_cells(result.models[i].label, d), std::back_inserter(row));
      for (int m = 0; m < kMetricCount; ++m) row.push_back(metric_cell(d, static_cast<Metric>(m)));
      table.rows.push_back(std::move(row));
      intervals |= !d.intervals.empty();
    }
  }
  if (intervals) table.notes = interval_notes(result);
  return table;
}

std::string view_slug(View view) {
  std::string slug = view_name(view);
  std::ranges::replace(slug, '_', '-');
  return slug;
}

}  // namespace sightline
