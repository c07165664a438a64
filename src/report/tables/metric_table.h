// Tables of metrics: one row per model, or per group of queries and model.
#pragma once

#include <sightline/experiment.h>

#include <map>
#include <string>

#include "report/tables/table.h"

namespace sightline {

// The metrics of all queries, one row per model, with the marks of best_models().
Table metric_table(const ExperimentResult& result, View view);

// The metrics of groups of queries: one row per group and model. `groups` returns the metrics of a
// model by the name of the group; all models have the same groups. Not marked: groups are not
// tested.
//   column   what the groups are, "split"
using MetricGroups = const std::map<std::string, RetrievalMetrics>& (*)(const ModelResult&);
Table group_table(const ExperimentResult& result, View view, const std::string& column,
                  MetricGroups groups);

// "text-to-image", for names of files.
std::string view_slug(View view);

}  // namespace sightline
