#include "report/tables/metric_groups.h"

#include <algorithm>
#include <set>

namespace sightline {
namespace {

constexpr size_t kMaxValues = 100;

const std::string& field_of(const ExperimentRow& row, size_t column) {
  static const std::string kNone;
  return column < row.fields.size() ? row.fields[column] : kNone;
}

// Metrics of the queries whose row has this value.
DirectionMetrics metrics_with(const ExperimentResult& result, const ModelResult& model, View view,
                              size_t column, const std::string& value) {
  const bool texts = view == View::text_to_image || view == View::text_to_image_equivalent;
  std::vector<int64_t> ranks = ranks_of(model.ranks, view);
  for (size_t q = 0; q < ranks.size(); ++q) {
    const size_t row = texts ? static_cast<size_t>(result.text_row[q]) : q;
    if (field_of(result.rows[row], column) != value) ranks[q] = 0;  // not counted
  }
  const DirectionMetrics& all = metrics_of(model.metrics, view);
  return summarize_ranks(ranks, gains_of(model.ranks, view), all.candidates, all.top_k);
}

}  // namespace

std::vector<MetricGroup> split_groups(const ExperimentResult& result, View view) {
  std::vector<MetricGroup> groups;
  if (result.models.empty()) return groups;
  for (const auto& [split, unused] : result.models[0].by_split) {
    MetricGroup group{{split}, {}};
    for (const ModelResult& model : result.models)
      group.metrics.push_back(metrics_of(model.by_split.at(split), view));
    groups.push_back(std::move(group));
  }
  return groups;
}

std::vector<MetricGroup> column_groups(const ExperimentResult& result, View view) {
  std::vector<MetricGroup> groups;
  for (size_t c = 0; c < result.columns.size(); ++c) {
    std::set<std::string> values;
    for (const ExperimentRow& row : result.rows) values.insert(field_of(row, c));
    if (values.size() < 2 || values.size() > kMaxValues) continue;
    for (const std::string& value : values) {
      MetricGroup group{{result.columns[c], value}, {}};
      for (const ModelResult& model : result.models)
        group.metrics.push_back(metrics_with(result, model, view, c, value));
      if (!group.metrics.empty() && group.metrics[0].queries > 0)
        groups.push_back(std::move(group));
    }
  }
  return groups;
}

}  // namespace sightline
