// Writes results.json and ranks.jsonl (docs/formats/results.md).
#include <sightline/report.h>
#include <sightline/version.h>

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "report/definitions.h"
#include "report/deployment/deployment_json.h"
#include "report/failures/json.h"
#include "report/json_parts.h"
#include "report/noise_json.h"
#include "report/report_folder.h"
#include "report/run_json.h"
#include "report/shown_examples.h"

namespace sightline {
namespace {

constexpr int kSchemaVersion = 2;

Json direction_json(const DirectionMetrics& d) {
  Json bins = Json::array(), intervals = Json::object(), curve = Json::array();
  for (const RankBin& bin : d.rank_histogram) {
    bins.push_back({{"first", bin.first}, {"last", bin.last}, {"count", bin.count}});
  }
  for (int m = 0; m < kMetricCount && !d.intervals.empty(); ++m) {
    const auto metric = static_cast<Metric>(m);
    intervals[metric_name(metric)] = interval_json(metric_interval(d, metric));
  }
  for (const Interval& interval : d.accuracy_at_k_intervals)
    curve.push_back(interval_json(interval));
  return {{"queries", d.queries},
          {"candidates", d.candidates},
          {"score", d.score},
          {"accuracy", d.accuracy},
          {"weighted_score", d.weighted_score},
          {"weighted_score_max", d.weighted_score_max},
          {"recall_at_1", d.recall_at_1},
          {"recall_at_5", d.recall_at_5},
          {"recall_at_10", d.recall_at_10},
          {"mean_reciprocal_rank", d.mean_reciprocal_rank},
          {"ndcg_at_10", d.ndcg_at_10},
          {"mean_average_precision", d.mean_average_precision},
          {"median_rank", d.median_rank},
          {"mean_rank", d.mean_rank},
          {"accuracy_at_k", d.accuracy_at_k},
          {"intervals", std::move(intervals)},
          {"accuracy_at_k_intervals", std::move(curve)},
          {"rank_histogram", std::move(bins)},
          {"unranked", d.unranked}};
}

Json metrics_json(const RetrievalMetrics& m) {
  Json json = Json::object();
  for (int v = 0; v < kViewCount; ++v) {
    const auto view = static_cast<View>(v);
    json[view_name(view)] = direction_json(metrics_of(m, view));
  }
  json["own_pair_similarity"] = {{"count", m.own_pairs.count},
                                 {"mean", number_json(m.own_pairs.mean)},
                                 {"deviation", number_json(m.own_pairs.deviation)},
                                 {"min", number_json(m.own_pairs.min)},
                                 {"median", number_json(m.own_pairs.median)},
                                 {"max", number_json(m.own_pairs.max)}};
  return json;
}

Json comparisons_json(const ExperimentResult& result) {
  Json comparisons = Json::array();
  for (const MetricComparison& c : result.comparisons) {
    Json comparison = {{"view", view_name(c.view)}, {"metric", metric_name(c.metric)}};
    append_comparison(comparison, c, result.models[static_cast<size_t>(c.a)].label,
                      result.models[static_cast<size_t>(c.b)].label);
    comparisons.push_back(std::move(comparison));
  }
  return comparisons;
}

// One element per tested view and metric. Comparisons are grouped by view and metric.
Json best_models_json(const ExperimentResult& result) {
  Json json = Json::array();
  const MetricComparison* last = nullptr;
  for (const MetricComparison& c : result.comparisons) {
    if (last && last->view == c.view && last->metric == c.metric) continue;
    last = &c;
    Json labels = Json::array();
    for (const int m : best_models(result, c.view, c.metric))
      labels.push_back(result.models[static_cast<size_t>(m)].label);
    json.push_back({{"view", view_name(c.view)},
                    {"metric", metric_name(c.metric)},
                    {"models", std::move(labels)}});
  }
  return json;
}

Json statistics_json(const ExperimentResult& result) {
  return {{"unit", "image"},
          {"clusters", result.clusters},
          {"resamples", result.statistics.resamples},
          {"confidence", result.statistics.confidence},
          {"permutations", result.statistics.permutations},
          {"significance_level", kSignificanceLevel},
          {"seed", result.statistics.seed}};
}

Json queries_json(const ExperimentResult& result, const ModelResult& model) {
  Json queries = Json::array();
  for (const FreeQuery& query : model.queries) {
    Json hits = Json::array();
    for (const Hit& hit : query.hits) {
      const ExperimentRow& row = result.rows[static_cast<size_t>(hit.index)];
      hits.push_back({{"id", row.id},
                      {"similarity", number_json(hit.similarity)},
                      {"captions", row.captions}});
    }
    queries.push_back({{"text", query.text}, {"hits", std::move(hits)}});
  }
  return queries;
}

Json model_json(const ExperimentResult& result, const ModelResult& model) {
  Json splits = Json::object();
  for (const auto& [split, metrics] : model.by_split) splits[split] = metrics_json(metrics);
  const EncodeCounts& c = model.counts;
  // Of vectors that another program made, the model and its computation are unknown.
  const bool known = !model.info.fingerprint.empty();
  const Computation& computation = model.computation;
  return {
      {"label", model.label},
      {"name", model.info.name},
      {"family", text_or_null(model.info.family)},
      {"fingerprint", text_or_null(model.info.fingerprint)},
      {"embedding_dim", model.info.embedding_dim},
      {"parameters", model.info.parameters},
      {"image_size", model.info.image_size},
      {"patch_size", model.info.patch_size},
      {"context_length", model.info.context_length},
      {"activation", model.info.activation},
      {"projection", model.info.projection.empty() ? Json(nullptr) : Json(model.info.projection)},
      {"seed", model.info.seed ? Json(*model.info.seed) : Json(nullptr)},
      {"preprocess", known ? Json(model.preprocess) : Json(nullptr)},
      {"backend", known ? Json(backend_name(computation.backend)) : Json(nullptr)},
      {"device", known ? Json(device_name(computation.device)) : Json(nullptr)},
      {"precision", known ? Json(precision_name(computation.precision)) : Json(nullptr)},
      {"precision_choice",
       model.precision_choice.empty() ? Json(nullptr) : Json(model.precision_choice)},
      {"encoding",
       {{"encoded_images", c.encoded_images},
        {"cached_images", c.cached_images},
        {"encoded_texts", c.encoded_texts},
        {"cached_texts", c.cached_texts},
        {"seconds", number_json(c.seconds)}}},
      {"metrics", metrics_json(model.metrics)},
      {"metrics_by_split", std::move(splits)},
      {"queries", queries_json(result, model)},
      {"examples", examples_json(result, model)},
      {"robustness", robustness_json(model)},
      {"failures", failure_report_json(result, model)}};
}

std::string json_of(const ExperimentResult& result, Json run,
                    const std::optional<Deployment>& deployment) {
  Json skipped = Json::array(), definitions = Json::object(), models = Json::array();
  for (const auto& skip : result.skipped)
    skipped.push_back({{"id", skip.id}, {"reason", skip.reason}});
  for (const auto& [name, text] : metric_definitions(result)) definitions[name] = text;
  for (const auto& model : result.models) models.push_back(model_json(result, model));
  const Json json = {{"format", kReportFormat},
                     {"schema_version", kSchemaVersion},
                     {"sightline", kVersion},
                     {"run", std::move(run)},
                     {"dataset",
                      {{"path", result.dataset.string()},
                       {"format", result.dataset_format},
                       {"splits", result.splits},
                       {"captions", result.caption_choice == CaptionChoice::all ? "all" : "first"},
                       {"images", result.rows.size()},
                       {"texts", result.text_row.size()},
                       {"images_without_caption", images_without_caption(result)},
                       {"repeated_rows", result.repeated_rows},
                       {"skipped", result.skipped.size()}}},
                     {"top_k", result.top_k},
                     {"noise", noise_options_json(result.noise)},
                     {"failures", failure_settings_json(result)},
                     {"definitions", std::move(definitions)},
                     {"statistics", statistics_json(result)},
                     {"models", std::move(models)},
                     {"comparisons", comparisons_json(result)},
                     {"best_models", best_models_json(result)},
                     {"deployment", deployment_json(deployment)},
                     {"skipped", std::move(skipped)},
                     {"warnings", result.warnings}};
  return json_text(json, 2) + "\n";
}

}  // namespace

std::string results_json(const ExperimentResult& result) {
  return json_of(result, nullptr, {});
}

std::string results_json(const ExperimentResult& result, const RunInfo& run,
                         const std::optional<Deployment>& deployment) {
  return json_of(result, run_json(run), deployment);
}

std::string ranks_jsonl(const ExperimentResult& result) {
  std::string out;
  for (size_t t = 0; t < result.text_row.size(); ++t) {
    const auto n = static_cast<size_t>(result.text_row[t]);
    const ExperimentRow& row = result.rows[n];
    Json models = Json::array();
    for (const ModelResult& model : result.models) {
      const RetrievalRanks& r = model.ranks;
      models.push_back({{"similarity", number_json(r.own_similarity[t])},
                        {"rank", r.text_rank[t]},
                        {"rank_caption_equivalent", r.text_rank_equivalent[t]},
                        {"image_rank", r.image_rank[n]},
                        {"image_rank_caption_equivalent", r.image_rank_equivalent[n]}});
    }
    const Json line = {{"id", row.id},
                       {"split", row.split},
                       {"caption", caption_of(result, static_cast<int64_t>(t))},
                       {"models", std::move(models)}};
    out += json_text(line) + "\n";
  }
  return out;
}

}  // namespace sightline
