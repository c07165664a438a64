// Writes the results.json of several data sets (docs/formats/results.md).
#include <sightline/report.h>
#include <sightline/version.h>

#include "base/json.h"
#include "base/path_id.h"
#include "eval/chance.h"
#include "report/json_parts.h"
#include "report/report_folder.h"
#include "report/run_json.h"

namespace sightline {
namespace {

constexpr int kSchemaVersion = 1;
constexpr View kView = View::text_to_image;

Json metrics_json(const DirectionMetrics& d) {
  Json json = Json::object();
  for (const Metric metric : main_metrics(d.top_k)) {
    json[metric_name(metric)] = {{"value", number_json(metric_value(d, metric))},
                                 {"interval", interval_json(metric_interval(d, metric))}};
  }
  return json;
}

Json best_json(const ExperimentResult& result) {
  Json json = Json::object();
  for (const Metric metric : main_metrics(result.top_k)) {
    if (!is_tested(result, kView, metric)) continue;
    Json labels = Json::array();
    for (const int m : best_models(result, kView, metric))
      labels.push_back(result.models[static_cast<size_t>(m)].label);
    json[metric_name(metric)] = std::move(labels);
  }
  return json;
}

Json dataset_json(const DatasetResult& dataset) {
  const ExperimentResult& result = dataset.result;
  Json chance = Json::object(), models = Json::array();
  for (const Metric metric : main_metrics(result.top_k))
    chance[metric_name(metric)] = number_json(chance_of(result, kView, metric));
  for (const ModelResult& model : result.models)
    models.push_back(
        {{"label", model.label}, {"metrics", metrics_json(metrics_of(model.metrics, kView))}});
  return {{"name", dataset.name},
          {"path", path_id(result.dataset)},
          {"splits", result.splits},
          {"images", result.rows.size()},
          {"texts", result.text_row.size()},
          {"skipped", result.skipped.size()},
          {"results", dataset.report_error ? Json(nullptr) : Json(dataset.name + "/results.json")},
          {"models", std::move(models)},
          {"chance", std::move(chance)},
          {"best_models", best_json(result)}};
}

Json hits_json(const std::vector<SearchHit>& hits) {
  Json json = Json::array();
  for (const SearchHit& hit : hits) {
    const std::string split = split_of(hit.item);
    json.push_back({{"dataset", hit.item.dataset},
                    {"split", split.empty() ? Json(nullptr) : Json(split)},
                    {"id", hit.item.id},
                    {"similarity", number_json(hit.similarity)},
                    {"captions", hit.item.captions}});
  }
  return json;
}

Json queries_json(const std::vector<ModelSearch>& searches) {
  Json json = Json::array();
  for (size_t q = 0; !searches.empty() && q < searches[0].result.queries.size(); ++q) {
    Json models = Json::array();
    for (const ModelSearch& search : searches) {
      models.push_back({{"label", search.label},
                        {"images", search.result.rows},
                        {"hits", hits_json(search.result.queries[q].hits)}});
    }
    json.push_back({{"text", searches[0].result.queries[q].name}, {"models", std::move(models)}});
  }
  return json;
}

}  // namespace

std::string overview_json(const Overview& overview, const RunInfo& run) {
  const ExperimentResult& first = overview.datasets.at(0).result;
  Json datasets = Json::array();
  for (const DatasetResult& dataset : overview.datasets) datasets.push_back(dataset_json(dataset));
  const Json json = {{"format", kOverviewFormat},
                     {"schema_version", kSchemaVersion},
                     {"sightline", kVersion},
                     {"run", run_json(run)},
                     {"view", view_name(kView)},
                     {"top_k", first.top_k},
                     {"confidence", first.statistics.confidence},
                     {"data_sets", std::move(datasets)},
                     {"queries", queries_json(overview.searches)},
                     {"warnings", overview.warnings}};
  return json_text(json, 2) + "\n";
}

}  // namespace sightline
