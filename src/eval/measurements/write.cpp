// Writes measurements.json.
#include <sightline/measurements.h>
#include <sightline/version.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/json.h"
#include "base/path_id.h"
#include "eval/failures/failures_json.h"
#include "eval/measurements/format.h"

namespace sightline {
namespace {

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json interval(const std::optional<Interval>& i) {
  return i ? Json::array({number(i->low), number(i->high)}) : Json(nullptr);
}

Json hits_json(const std::vector<Hit>& hits) {
  Json out = Json::array();
  for (const Hit& hit : hits) out.push_back(Json::array({hit.index, number(hit.similarity)}));
  return out;
}

Json info_json(const ModelInfo& info) {
  return {{"name", info.name},
          {"family", info.family},
          {"layout", info.layout},
          {"fingerprint", info.fingerprint},
          {"embedding_dim", info.embedding_dim},
          {"parameters", info.parameters},
          {"image_size", info.image_size},
          {"patch_size", info.patch_size},
          {"context_length", info.context_length},
          {"logit_scale", info.logit_scale},
          {"logit_bias", info.logit_bias ? Json(*info.logit_bias) : Json(nullptr)},
          {"activation", info.activation},
          {"projection", info.projection},
          {"seed", info.seed ? Json(*info.seed) : Json(nullptr)},
          {"warnings", info.warnings}};
}

Json gains_json(const QueryGains& gains) {
  return {{"average_precision", gains.average_precision}, {"ndcg_at_10", gains.ndcg_at_10}};
}

Json ranks_json(const RetrievalRanks& r) {
  Json json = {{"own_similarity", r.own_similarity},
               {"text_rank", r.text_rank},
               {"text_gains", gains_json(r.text_gains)},
               {"image_rank", r.image_rank},
               {"image_gains", gains_json(r.image_gains)}};
  // Usually no caption repeats: both definitions agree.
  if (r.text_rank_equivalent != r.text_rank || r.image_rank_equivalent != r.image_rank) {
    json["text_rank_equivalent"] = r.text_rank_equivalent;
    json["text_gains_equivalent"] = gains_json(r.text_gains_equivalent);
    json["image_rank_equivalent"] = r.image_rank_equivalent;
    json["image_gains_equivalent"] = gains_json(r.image_gains_equivalent);
  }
  return json;
}

Json noise_metric_json(const NoiseMetric& m) {
  return {{"value", m.value},
          {"lost", m.lost},
          {"interval", interval(m.interval)},
          {"lost_interval", interval(m.lost_interval)}};
}

Json noise_point_json(const NoisePoint& p) {
  return {{"kind", noise_name(p.kind)},
          {"strength", p.strength},
          {"accuracy", noise_metric_json(p.accuracy)},
          {"recall_at_1", noise_metric_json(p.recall_at_1)},
          {"recall_at_5", noise_metric_json(p.recall_at_5)},
          {"mean_reciprocal_rank", noise_metric_json(p.mean_reciprocal_rank)}};
}

Json robustness_json(const std::optional<Robustness>& r) {
  if (!r) return nullptr;
  Json points = Json::array();
  for (const NoisePoint& p : r->points) points.push_back(noise_point_json(p));
  return {{"queries", r->queries},
          {"images", r->images},
          {"candidates", r->candidates},
          {"encoded_texts", r->encoded_texts},
          {"cached_texts", r->cached_texts},
          {"seconds", number(r->seconds)},
          {"clean", noise_point_json(r->clean)},
          {"points", std::move(points)}};
}

Json model_json(const ModelResult& model) {
  Json queries = Json::array(), examples = Json::array();
  for (const FreeQuery& query : model.queries)
    queries.push_back({{"text", query.text}, {"hits", hits_json(query.hits)}});
  for (const ExampleRow& e : model.examples) {
    examples.push_back({{"kind", static_cast<int>(e.kind)},
                        {"text", e.text},
                        {"rank", e.rank},
                        {"similarity", number(e.similarity)},
                        {"hits", hits_json(e.hits)}});
  }
  const EncodeCounts& c = model.counts;
  return {{"label", model.label},
          {"info", info_json(model.info)},
          {"preprocess", model.preprocess},
          {"backend", backend_name(model.computation.backend)},
          {"device", device_name(model.computation.device)},
          {"precision", precision_name(model.computation.precision)},
          {"precision_choice", model.precision_choice},
          {"counts",
           {{"encoded_images", c.encoded_images},
            {"cached_images", c.cached_images},
            {"encoded_texts", c.encoded_texts},
            {"cached_texts", c.cached_texts},
            {"seconds", number(c.seconds)}}},
          {"ranks", ranks_json(model.ranks)},
          {"queries", std::move(queries)},
          {"examples", std::move(examples)},
          {"robustness", robustness_json(model.robustness)},
          {"failures", failures_json(model.failures)}};
}

Json settings_json(const ExperimentResult& result) {
  Json kinds = Json::array();
  for (const NoiseKind kind : result.noise.kinds) kinds.push_back(noise_name(kind));
  const StatisticsOptions& s = result.statistics;
  return {{"top_k", result.top_k},
          {"captions", result.caption_choice == CaptionChoice::all ? "all" : "first"},
          {"noise",
           {{"kinds", std::move(kinds)},
            {"strengths", result.noise.strengths},
            {"seed", result.noise.seed},
            {"max_captions", result.noise.max_captions}}},
          {"failures", failure_options_json(result.failures)},
          {"statistics",
           {{"resamples", s.resamples},
            {"confidence", s.confidence},
            {"permutations", s.permutations},
            {"seed", s.seed}}}};
}

}  // namespace

std::string measurements_json(const ExperimentResult& result) {
  Json rows = Json::array(), texts = Json::array(), models = Json::array(), skipped = Json::array();
  for (const ExperimentRow& row : result.rows) {
    rows.push_back(
        {{"id", row.id}, {"split", row.split}, {"captions", row.captions}, {"fields", row.fields}});
  }
  for (size_t t = 0; t < result.text_row.size(); ++t)
    texts.push_back(Json::array({result.text_row[t], result.text_caption[t]}));
  for (const ModelResult& model : result.models) models.push_back(model_json(model));
  for (const SkippedRow& row : result.skipped)
    skipped.push_back({{"id", row.id}, {"reason", row.reason}});
  const Json json = {{"format", measurements::kFormat},
                     {"version", measurements::kVersion},
                     {"sightline", kVersion},
                     {"dataset",
                      {{"path", path_id(result.dataset)},
                       {"format", result.dataset_format},
                       {"splits", result.splits},
                       {"columns", result.columns},
                       {"repeated_rows", result.repeated_rows}}},
                     {"query_bank", query_bank_json(result.bank)},
                     {"settings", settings_json(result)},
                     {"skipped", std::move(skipped)},
                     {"warnings", result.warnings},
                     {"rows", std::move(rows)},
                     {"texts", std::move(texts)},
                     {"models", std::move(models)}};
  return json_text(json) + "\n";
}

}  // namespace sightline
