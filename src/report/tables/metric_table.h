// Tables of metrics: one row per model, or per group of queries and model.
#pragma once

#include <sightline/experiment.h>

#include <string>
#include <vector>

#include "report/tables/metric_groups.h"
#include "report/tables/table.h"

namespace sightline {

// The metrics of all queries, one row per model, with the marks of best_models(). Under the strict
// definition of relevant, the chance level is below them.
Table metric_table(const ExperimentResult& result, View view);

// One row per group and model. Not marked: groups are not tested.
//   name     of the files, before "-VIEW"
//   columns  what MetricGroup::names are: {"split"}
Table group_table(const ExperimentResult& result, View view, const std::string& name,
                  const std::vector<std::string>& columns, const std::vector<MetricGroup>& groups);

// "text-to-image", for names of files.
std::string view_slug(View view);

}  // namespace sightline
