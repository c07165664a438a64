#include "report/noise_json.h"

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "report/json_parts.h"
#include "report/metric_format.h"
#include "report/shown_examples.h"

namespace sightline {
namespace {

Json metric_json(const NoiseMetric& m) {
  return {{"value", number_json(m.value)},
          {"interval", interval_json(m.interval)},
          {"lost", number_json(m.lost)},
          {"lost_interval", interval_json(m.lost_interval)}};
}

Json point_json(const NoisePoint& p) {
  return {{"accuracy", metric_json(p.accuracy)},
          {"recall_at_1", metric_json(p.recall_at_1)},
          {"recall_at_5", metric_json(p.recall_at_5)},
          {"mean_reciprocal_rank", metric_json(p.mean_reciprocal_rank)}};
}

}  // namespace

Json noise_options_json(const NoiseOptions& noise) {
  if (noise.kinds.empty()) return nullptr;
  Json kinds = Json::array();
  for (const NoiseKind kind : noise.kinds) kinds.push_back(noise_name(kind));
  return {{"kinds", std::move(kinds)},
          {"strengths", noise.strengths},
          {"seed", noise.seed},
          {"max_captions", noise.max_captions}};
}

Json robustness_json(const ModelResult& model) {
  if (!model.robustness) return nullptr;
  const Robustness& r = *model.robustness;
  Json points = Json::array();
  for (const NoisePoint& p : r.points) {
    Json point = {{"kind", noise_name(p.kind)}, {"strength", p.strength}};
    point.update(point_json(p));
    points.push_back(std::move(point));
  }
  return {{"queries", r.queries},
          {"images", r.images},
          {"candidates", r.candidates},
          {"encoding",
           {{"encoded_texts", r.encoded_texts},
            {"cached_texts", r.cached_texts},
            {"seconds", number_json(r.seconds)}}},
          {"clean", point_json(r.clean)},
          {"points", std::move(points)}};
}

Json examples_json(const ExperimentResult& result, const ModelResult& model) {
  Json examples = Json::array();
  for (const ExampleRow& example : model.examples) {
    const auto own = static_cast<size_t>(result.text_row[static_cast<size_t>(example.text)]);
    Json hits = Json::array();
    for (const Hit& hit : example.hits) {
      hits.push_back({{"id", result.rows[static_cast<size_t>(hit.index)].id},
                      {"similarity", number_json(hit.similarity)}});
    }
    examples.push_back({{"kind", example_name(example.kind)},
                        {"id", result.rows[own].id},
                        {"caption", caption_of(result, example.text)},
                        {"rank", example.rank},
                        {"similarity", number_json(example.similarity)},
                        {"hits", std::move(hits)}});
  }
  return examples;
}

}  // namespace sightline
