// Writes the results.json of several data sets (docs/formats/results.md).
#include <sightline/report.h>
#include <sightline/version.h>

#include <algorithm>

#include "base/json.h"
#include "base/path_id.h"
#include "eval/chance.h"
#include "report/classification/parts.h"
#include "report/deployment/deployment_json.h"
#include "report/json_parts.h"
#include "report/report_folder.h"
#include "report/run_json.h"
#include "report/shown_examples.h"

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

Json classified_json(const ClassifiedDataset& dataset) {
  const ClassificationResult& result = dataset.result;
  Json models = Json::array(), best = Json::object();
  for (const ClassMetric metric : metrics_of(result)) {
    if (std::ranges::none_of(result.comparisons, [&](const auto& c) { return c.metric == metric; }))
      continue;
    Json labels = Json::array();
    for (const int model : best_models(result, metric))
      labels.push_back(result.models[static_cast<size_t>(model)].label);
    best[class_metric_name(metric)] = std::move(labels);
  }
  for (const ClassifiedModel& model : result.models)
    models.push_back({{"label", model.label}, {"metrics", class_metrics_json(result, model)}});
  return {{"name", dataset.name},
          {"path", path_id(result.dataset)},
          {"splits", result.splits},
          {"images", result.images.size()},
          {"classes", result.classes.size()},
          {"skipped", result.skipped.size()},
          {"results", dataset.report_error ? Json(nullptr) : Json(dataset.name + "/results.json")},
          {"models", std::move(models)},
          {"chance", class_chance_json(result)},
          {"best_models", std::move(best)}};
}

Json correlations_json(const Overview& overview) {
  Json json = Json::array();
  for (const RankCorrelation& one : rank_correlations(overview))
    json.push_back({{"a", one.a},
                    {"b", one.b},
                    {"models", one.models},
                    {"kendall_tau", number_json(one.tau)},
                    {"concordant", one.concordant},
                    {"discordant", one.discordant}});
  return json;
}

// The cases that the page shows are the first of these.
constexpr size_t kMostHard = 100;

Json hard_json(const Overview& overview) {
  Json json = Json::array();
  for (const DatasetResult& dataset : overview.datasets) {
    const ExperimentResult& result = dataset.result;
    const HardCases hard = hard_cases(result, kMostHard);
    Json worst = Json::array();
    for (const HardCase& one : hard.worst) {
      const int64_t row = result.text_row[static_cast<size_t>(one.index)];
      worst.push_back({{"id", result.rows[static_cast<size_t>(row)].id},
                       {"text", caption_of(result, one.index)},
                       {"best_rank", one.best_rank}});
    }
    json.push_back({{"dataset", dataset.name}, {"count", hard.count}, {"worst", std::move(worst)}});
  }
  for (const ClassifiedDataset& dataset : overview.classified) {
    const ClassificationResult& result = dataset.result;
    const HardCases hard = hard_cases(result, kMostHard);
    Json worst = Json::array();
    for (const HardCase& one : hard.worst) {
      const LabeledImage& image = result.images[static_cast<size_t>(one.index)];
      worst.push_back({{"id", image.id},
                       {"text", result.classes[static_cast<size_t>(image.image_class)].name},
                       {"best_rank", one.best_rank}});
    }
    json.push_back({{"dataset", dataset.name}, {"count", hard.count}, {"worst", std::move(worst)}});
  }
  return json;
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
  Json datasets = Json::array(), classified = Json::array(), top_k = nullptr;
  for (const DatasetResult& dataset : overview.datasets) datasets.push_back(dataset_json(dataset));
  for (const ClassifiedDataset& dataset : overview.classified)
    classified.push_back(classified_json(dataset));
  if (!overview.datasets.empty()) top_k = overview.datasets[0].result.top_k;
  const StatisticsOptions& statistics = overview.datasets.empty()
                                            ? overview.classified.at(0).result.statistics
                                            : overview.datasets[0].result.statistics;
  const Json json = {{"format", kOverviewFormat},
                     {"schema_version", kSchemaVersion},
                     {"sightline", kVersion},
                     {"run", run_json(run)},
                     {"view", view_name(kView)},
                     {"top_k", std::move(top_k)},
                     {"confidence", statistics.confidence},
                     {"data_sets", std::move(datasets)},
                     {"classified_data_sets", std::move(classified)},
                     {"rank_correlations", correlations_json(overview)},
                     {"hard_for_all", hard_json(overview)},
                     {"deployment", deployment_json(overview.deployment)},
                     {"queries", queries_json(overview.searches)},
                     {"warnings", overview.warnings}};
  return json_text(json, 2) + "\n";
}

}  // namespace sightline
