#include "eval/failures/failures_json.h"

#include <sightline/error.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace sightline {
namespace {

using nlohmann::json;

Json number_or_null(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json pair_json(const std::optional<Interval>& interval) {
  if (!interval) return nullptr;
  return Json::array({number_or_null(interval->low), number_or_null(interval->high)});
}

double number(const json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

std::optional<Interval> read_interval(const json& value) {
  if (value.is_null()) return std::nullopt;
  return Interval{number(value.at(0)), number(value.at(1))};
}

ChangedMetric read_metric(const json& value) {
  return {number(value.at("value")), number(value.at("change")),
          read_interval(value.at("interval")), read_interval(value.at("change_interval"))};
}

ChangedRetrieval read_retrieval(const json& value) {
  return {read_metric(value.at("recall_at_1")), read_metric(value.at("recall_at_5")),
          read_metric(value.at("recall_at_10")), read_metric(value.at("mean_reciprocal_rank")),
          read_metric(value.at("median_rank"))};
}

int64_t read_index(const json& value, size_t size) {
  const auto index = value.get<int64_t>();
  if (index < 0 || static_cast<size_t>(index) >= size)
    throw Error(ErrorCode::invalid_data, "index ", index, " is not one of ", size);
  return index;
}

std::optional<Hubness> read_hubness(const json& value, size_t candidates) {
  if (value.is_null()) return std::nullopt;
  Hubness out;
  out.k = value.at("k");
  out.queries = value.at("queries");
  out.candidates = value.at("candidates");
  out.skewness = value.at("skewness");
  out.robin_hood = value.at("robin_hood");
  out.never_found = value.at("never_found");
  for (const json& hub : value.at("hubs"))
    out.hubs.push_back({read_index(hub.at("candidate"), candidates), hub.at("count")});
  return out;
}

Json example_json(const TypographicExample& example) {
  return {{"row", example.row},
          {"word", example.word},
          {"wrong", example.wrong},
          {"own", example.own},
          {"wrong_clean", example.wrong_clean},
          {"wrong_attacked", example.wrong_attacked},
          {"own_clean", example.own_clean},
          {"own_attacked", example.own_attacked}};
}

TypographicExample read_example(const json& value, size_t rows) {
  TypographicExample e;
  e.row = read_index(value.at("row"), rows);
  e.word = value.at("word");
  e.wrong = value.at("wrong");
  e.own = value.at("own");
  e.wrong_clean = value.at("wrong_clean");
  e.wrong_attacked = value.at("wrong_attacked");
  e.own_clean = value.at("own_clean");
  e.own_attacked = value.at("own_attacked");
  return e;
}

std::optional<TypographicResult> read_typographic(const json& value, size_t rows) {
  if (value.is_null()) return std::nullopt;
  TypographicResult out;
  out.images = value.at("images");
  out.captions = value.at("captions");
  const json& encoding = value.at("encoding");
  out.encoded_images = encoding.at("encoded_images");
  out.cached_images = encoding.at("cached_images");
  out.seconds = number(encoding.at("seconds"));
  for (int c = 0; c < kTypographicConditions; ++c) {
    const json& condition = value.at("conditions").at(static_cast<size_t>(c));
    out.conditions.push_back({read_metric(condition.at("wrong_first")),
                              read_retrieval(condition.at("text_to_image")),
                              read_retrieval(condition.at("image_to_text"))});
  }
  for (const json& example : value.at("examples"))
    out.examples.push_back(read_example(example, rows));
  return out;
}

}  // namespace

Json changed_metric_json(const ChangedMetric& metric) {
  return {{"value", number_or_null(metric.value)},
          {"interval", pair_json(metric.interval)},
          {"change", number_or_null(metric.change)},
          {"change_interval", pair_json(metric.change_interval)}};
}

Json changed_retrieval_json(const ChangedRetrieval& metrics) {
  return {{"recall_at_1", changed_metric_json(metrics.recall_at_1)},
          {"recall_at_5", changed_metric_json(metrics.recall_at_5)},
          {"recall_at_10", changed_metric_json(metrics.recall_at_10)},
          {"mean_reciprocal_rank", changed_metric_json(metrics.mean_reciprocal_rank)},
          {"median_rank", changed_metric_json(metrics.median_rank)}};
}

Json hubness_json(const std::optional<Hubness>& hubness) {
  if (!hubness) return nullptr;
  Json hubs = Json::array();
  for (const Hub& hub : hubness->hubs)
    hubs.push_back({{"candidate", hub.candidate}, {"count", hub.count}});
  return {{"k", hubness->k},
          {"queries", hubness->queries},
          {"candidates", hubness->candidates},
          {"skewness", hubness->skewness},
          {"robin_hood", hubness->robin_hood},
          {"never_found", hubness->never_found},
          {"hubs", std::move(hubs)}};
}

Json correction_effects_json(const std::vector<CorrectionEffect>& effects) {
  Json out = Json::array();
  for (const CorrectionEffect& effect : effects) {
    out.push_back({{"correction", correction_name(effect.correction)},
                   {"transductive", is_transductive(effect.correction)},
                   {"corrected_queries", effect.corrected_queries},
                   {"metrics", changed_retrieval_json(effect.metrics)}});
  }
  return out;
}

Json typographic_json(const std::optional<TypographicResult>& result) {
  if (!result) return nullptr;
  Json conditions = Json::array(), examples = Json::array();
  for (size_t c = 0; c < result->conditions.size(); ++c) {
    const auto& condition = result->conditions[c];
    conditions.push_back({{"condition", typographic_name(static_cast<TypographicCondition>(c))},
                          {"wrong_first", changed_metric_json(condition.wrong_first)},
                          {"text_to_image", changed_retrieval_json(condition.text_to_image)},
                          {"image_to_text", changed_retrieval_json(condition.image_to_text)}});
  }
  for (const TypographicExample& example : result->examples)
    examples.push_back(example_json(example));
  return {{"images", result->images},
          {"captions", result->captions},
          {"encoding",
           {{"encoded_images", result->encoded_images},
            {"cached_images", result->cached_images},
            {"seconds", number_or_null(result->seconds)}}},
          {"conditions", std::move(conditions)},
          {"examples", std::move(examples)}};
}

Json failure_options_json(const FailureOptions& options) {
  Json kinds = Json::array();
  for (const Correction kind : options.corrections.kinds) kinds.push_back(correction_name(kind));
  const CorrectionOptions& c = options.corrections;
  Json typographic = nullptr;
  if (options.typographic)
    typographic = {{"max_images", options.typographic->max_images},
                   {"seed", options.typographic->seed}};
  return {{"hub_k", options.hub_k},
          {"corrections",
           {{"kinds", std::move(kinds)},
            {"neighbours", c.neighbours},
            {"beta", c.beta},
            {"bank_split", c.bank_split},
            {"max_captions", c.max_captions},
            {"seed", c.seed}}},
          {"group_columns", options.group_columns},
          {"typographic", std::move(typographic)}};
}

Json query_bank_json(const std::optional<QueryBank>& bank) {
  if (!bank) return nullptr;
  return {{"split", bank->split}, {"captions", bank->captions}, {"excluded", bank->excluded}};
}

Json failures_json(const FailureReport& report) {
  return {{"image_hubs", hubness_json(report.image_hubs)},
          {"caption_hubs", hubness_json(report.caption_hubs)},
          {"corrections", correction_effects_json(report.corrections)},
          {"typographic", typographic_json(report.typographic)}};
}

FailureOptions read_failure_options(const json& value) {
  FailureOptions out;
  out.hub_k = value.at("hub_k");
  const json& c = value.at("corrections");
  for (const json& kind : c.at("kinds"))
    out.corrections.kinds.push_back(parse_correction(kind.get<std::string>()));
  out.corrections.neighbours = c.at("neighbours");
  out.corrections.beta = c.at("beta");
  out.corrections.bank_split = c.at("bank_split");
  out.corrections.max_captions = c.at("max_captions");
  out.corrections.seed = c.at("seed");
  out.group_columns = value.at("group_columns").get<std::vector<std::string>>();
  const json& typographic = value.at("typographic");
  if (!typographic.is_null())
    out.typographic = TypographicOptions{typographic.at("max_images"), typographic.at("seed")};
  return out;
}

std::optional<QueryBank> read_query_bank(const json& value) {
  if (value.is_null()) return std::nullopt;
  return QueryBank{value.at("split"), value.at("captions"), value.at("excluded")};
}

FailureReport read_failures(const json& value, size_t rows, size_t texts) {
  FailureReport out;
  out.image_hubs = read_hubness(value.at("image_hubs"), rows);
  out.caption_hubs = read_hubness(value.at("caption_hubs"), texts);
  for (const json& effect : value.at("corrections")) {
    out.corrections.push_back({parse_correction(effect.at("correction").get<std::string>()),
                               effect.at("corrected_queries"),
                               read_retrieval(effect.at("metrics"))});
  }
  out.typographic = read_typographic(value.at("typographic"), rows);
  return out;
}

}  // namespace sightline
