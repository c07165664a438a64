#include "report/tables/noise_table.h"

#include <algorithm>

#include "eval/robustness.h"
#include "report/noise_groups.h"
#include "report/tables/csv.h"
#include "report/tables/latex.h"
#include "report/text.h"

namespace sightline {
namespace {

constexpr const char* kName = "noise";

struct NamedMetric {
  const char* name;
  NoiseMetric NoisePoint::*metric;
};
constexpr NamedMetric kMetrics[] = {{"accuracy", &NoisePoint::accuracy},
                                    {"recall_at_1", &NoisePoint::recall_at_1},
                                    {"recall_at_5", &NoisePoint::recall_at_5},
                                    {"mean_reciprocal_rank", &NoisePoint::mean_reciprocal_rank}};

std::vector<TableCell> data_row(const ModelResult& model, const std::string& kind,
                                const NoisePoint& point) {
  const Robustness& r = *model.robustness;
  std::vector<TableCell> row = {word_cell(kind), word_cell(full_precision(point.strength)),
                                word_cell(model.label), word_cell(std::to_string(r.queries)),
                                word_cell(std::to_string(r.candidates))};
  for (const NamedMetric& named : kMetrics) {
    const NoiseMetric& metric = point.*named.metric;
    std::vector<std::string> fields = interval_fields(metric.value, metric.interval);
    for (auto& field : interval_fields(metric.lost, metric.lost_interval))
      fields.push_back(std::move(field));
    row.push_back({.fields = std::move(fields), .text = ""});
  }
  return row;
}

std::string range(const std::optional<Interval>& interval, int decimals) {
  if (!interval) return "";
  return decimal(100 * interval->low, decimals) + "–" + decimal(100 * interval->high, decimals);
}

TableCell value_cell(const NoiseMetric& metric) {
  return {
      .fields = {}, .text = decimal(100 * metric.value, 1), .interval = range(metric.interval, 1)};
}

TableCell lost_cell(const NoiseMetric& metric, bool meaningful) {
  if (!meaningful) return {.fields = {}, .text = "–"};
  // "to" instead of a dash: losses can be negative.
  std::string interval;
  if (metric.lost_interval)
    interval = decimal(100 * metric.lost_interval->low, 0) + " to " +
               decimal(100 * metric.lost_interval->high, 0);
  return {.fields = {}, .text = decimal(100 * metric.lost, 0), .interval = interval};
}

TableColumn number_column(const std::string& title) {
  return {.names = {}, .title = title, .words = false};
}

std::vector<TableCell> overview_row(const ExperimentResult& result, const NoiseGroup& group,
                                    const ModelResult& model) {
  const Robustness& r = *model.robustness;
  TableCell label = word_cell(model.label);
  std::vector<TableCell> row = {word_cell(noise_titles(group)), std::move(label),
                                value_cell(r.clean.accuracy)};
  const std::vector<const NoisePoint*> points = points_of(r, group.kinds[0]);
  for (const NoisePoint* point : points) row.push_back(value_cell(point->accuracy));
  if (points.empty()) return row;
  const NoisePoint& last = *points.back();
  const bool meaningful = beats_chance(r, result.top_k);
  for (const NoiseMetric* metric : {&last.accuracy, &last.recall_at_1, &last.mean_reciprocal_rank})
    row.push_back(lost_cell(*metric, meaningful));
  return row;
}

}  // namespace

Table noise_data_table(const ExperimentResult& result) {
  Table table{.name = kName, .title = "", .columns = {}, .rows = {}};
  for (const char* name : {"kind", "strength", "model", "queries", "candidates"})
    table.columns.push_back({.names = {name}, .title = "", .words = true});
  for (const NamedMetric& named : kMetrics) {
    const std::string name = named.name;
    table.columns.push_back({.names = {name, name + "_low", name + "_high", name + "_lost",
                                       name + "_lost_low", name + "_lost_high"},
                             .title = "",
                             .words = false});
  }
  for (const ModelResult& model : result.models) {
    if (!model.robustness) continue;
    table.rows.push_back(data_row(model, "clean", model.robustness->clean));
    for (const NoisePoint& point : model.robustness->points)
      table.rows.push_back(data_row(model, std::string(noise_name(point.kind)), point));
  }
  return table;
}

Table noise_overview_table(const ExperimentResult& result) {
  Table table{.name = kName,
              .title = "accuracy in percent at K = " + std::to_string(result.top_k) +
                       " with noise on the captions, data set " + result.dataset.string(),
              .columns = {{.names = {}, .title = "noise", .words = true},
                          {.names = {}, .title = "model", .words = true},
                          number_column("clean")},
              .rows = {}};
  for (const double strength : result.noise.strengths)
    table.columns.push_back(number_column(decimal(100 * strength, 0) + " %"));
  for (const char* title : {"accuracy lost %", "R@1 lost %", "MRR lost %"})
    table.columns.push_back(number_column(title));
  for (const NoiseGroup& group : shown_noise_groups(result)) {
    for (const ModelResult& model : result.models) {
      if (model.robustness) table.rows.push_back(overview_row(result, group, model));
    }
  }
  const double last = result.noise.strengths.empty() ? 0 : result.noise.strengths.back();
  table.notes = {"Lost: share of the clean value that is lost at " + decimal(100 * last, 0) +
                 "\\,\\% of words."};
  if (const std::string text = noise_groups_text(result); !text.empty())
    table.notes.push_back(latex_escaped(text));
  return table;
}

}  // namespace sightline
