// results.json of a tuning run.
#include <sightline/tune.h>

#include <cmath>

#include "base/json.h"

namespace sightline {
namespace {

using nlohmann::json;

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json interval_json(const ValueWithInterval& of) {
  return {{"value", of.value},
          {"low", of.interval ? Json(of.interval->low) : Json(nullptr)},
          {"high", of.interval ? Json(of.interval->high) : Json(nullptr)}};
}

// Scores that depend on times are not in this file.
Json evaluation_json(const TrialEvaluation& e, bool with_score) {
  if (!e.error.empty()) return {{"share", e.share}, {"error", e.error}};
  Json out = {{"share", e.share},
              {"quality", e.quality},
              {"queries", e.queries},
              {"clusters", e.clusters},
              {"megabytes", e.megabytes}};
  if (with_score) out["score"] = number(e.score);
  return out;
}

Json trials_json(const TuningResult& result) {
  Json trials = Json::array();
  for (const Trial& trial : result.trials) {
    Json evaluations = Json::array();
    for (const TrialEvaluation& e : trial.evaluations)
      evaluations.push_back(evaluation_json(e, !result.plan.objective.uses_times()));
    trials.push_back({{"trial", trial.number},
                      {"origin", trial_origin_name(trial.origin)},
                      {"bracket", trial.bracket},
                      {"configuration", json::parse(trial.configuration)},
                      {"evaluations", std::move(evaluations)}});
  }
  return trials;
}

Json report_json(const TuningResult& result) {
  return {{"queries", result.report_queries},
          {"clusters", result.report_clusters},
          {"default", interval_json(result.report_default)},
          {"winner", interval_json(result.report_winner)},
          {"gain", interval_json(result.report_gain)},
          {"p", result.report_p ? Json(*result.report_p) : Json(nullptr)},
          {"verdict", result.verdict()}};
}

}  // namespace

std::string tuning_json(const TuningResult& result) {
  Json importance = Json::array();
  for (const ParameterImportance& p : result.importance) {
    importance.push_back(
        {{"parameter", p.parameter}, {"share", p.share}, {"deviation", p.deviation}});
  }
  const Json out = {
      {"format", "sightline tuning results"},
      {"version", 1},
      {"fingerprint", result.fingerprint},
      {"data", json::parse(result.data_summary)},
      {"objective", result.plan.objective.name()},
      {"confidence", result.plan.statistics.confidence},
      {"winner", result.winner},
      {"best", json::parse(result.best)},
      {"selection",
       {{"default", result.selection_default},
        {"winner", result.selection_winner},
        {"winner_corrected",
         result.selection_corrected ? Json(*result.selection_corrected) : Json(nullptr)}}},
      {"report", report_json(result)},
      {"pareto", result.pareto},
      {"importance", {{"share", result.importance_share}, {"parameters", std::move(importance)}}},
      {"out_of_time", result.out_of_time},
      {"warnings", result.warnings},
      {"trials", trials_json(result)}};
  return json_text(out, 2);
}

}  // namespace sightline
