// Metrics of groups of queries, for the tables by split and by column.
#pragma once

#include <sightline/experiment.h>

#include <string>
#include <vector>

namespace sightline {

struct MetricGroup {
  std::vector<std::string> names;         // {"test"}; {"weather", "rain"}
  std::vector<DirectionMetrics> metrics;  // one per model
};

// One group per split: {split}. Empty if there is only one.
std::vector<MetricGroup> split_groups(const ExperimentResult& result, View view);

// One group per column of the data set and value: {column, value}, without intervals. The queries
// of a group are ranked among all candidates. Columns with one value, or with more than 100, are
// omitted: they are constants, or ids and texts.
std::vector<MetricGroup> column_groups(const ExperimentResult& result, View view);

}  // namespace sightline
