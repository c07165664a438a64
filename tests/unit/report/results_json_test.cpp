#include <gtest/gtest.h>
#include <sightline/report.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/file.h"
#include "eval/uncertainty.h"
#include "report/metric_format.h"
#include "sample_result.h"
#include "schema_check.h"

namespace sightline {
namespace {

ExperimentResult one_model() {
  ExperimentResult result;
  result.dataset = "set";
  result.dataset_format = "parquet";
  result.splits = {"test"};
  result.rows = {{"a", "test", {"bad \xff byte"}, {}}, {"b", "test", {"two", "three"}, {}}};
  result.text_row = {0, 1, 1};
  result.text_caption = {0, 0, 1};
  RetrievalSet set;
  set.images = Matrix(2, 2);
  set.images.values = {1, 0, 0, 1};
  set.texts = Matrix(3, 2);
  set.texts.values = {1, 0, 0, 1, std::numeric_limits<float>::quiet_NaN(), 0};
  set.text_image = result.text_row;
  ModelResult model;
  model.label = "m";
  model.info.fingerprint = "f00";
  model.ranks = rank_pairs(set);
  model.metrics = summarize(set, model.ranks, 5);
  model.queries = {{"free", {{1, 0.5}}}};
  result.models.push_back(model);
  result.skipped = {{"c", "broken"}};
  return result;
}

TEST(ResultsJson, ContainsTheMetrics) {
  const auto json = nlohmann::json::parse(results_json(one_model()));
  EXPECT_EQ(json["format"], "sightline-results");
  EXPECT_EQ(json["schema_version"], 2);
  EXPECT_EQ(json["dataset"]["images"], 2);
  EXPECT_EQ(json["dataset"]["texts"], 3);
  EXPECT_EQ(json["skipped"][0]["reason"], "broken");
  const auto& model = json["models"][0];
  EXPECT_EQ(model["fingerprint"], "f00");
  EXPECT_EQ(model["metrics"]["text_to_image"]["score"], 2);
  EXPECT_EQ(model["metrics"]["text_to_image"]["weighted_score"], 10);
  EXPECT_EQ(model["metrics"]["own_pair_similarity"]["count"], 2);
  EXPECT_EQ(model["queries"][0]["hits"][0]["id"], "b");
}

// Contains every optional part of the file: two models, splits, intervals, comparisons, noise.
ExperimentResult full_result() {
  ExperimentResult result = one_model();
  result.models.push_back(result.models[0]);
  result.models[1].label = "m (2)";
  for (ModelResult& model : result.models) model.by_split["test"] = model.metrics;
  result.statistics.resamples = 50;
  result.failures = sample_failure_options();
  result.bank = QueryBank{"train", 12, 3};
  result.columns = {"group"};
  for (ExperimentRow& row : result.rows) row.fields = {"group of " + row.id};
  for (ModelResult& model : result.models) model.failures = sample_failures();
  add_statistics(result);
  result.warnings = {"careful"};
  result.noise.kinds = {NoiseKind::typos};
  for (ModelResult& model : result.models) {
    model.examples = {{ExampleKind::worst, 1, 2, 0.25, {{0, 0.5}}}};
    NoisePoint point;
    point.kind = NoiseKind::typos;
    point.strength = 0.5;
    point.accuracy = {0.25, 0.5, Interval{0.125, 0.5}, Interval{0.25, 0.75}};
    model.robustness.emplace();
    model.robustness->points = {point};
  }
  return result;
}

nlohmann::json schema() {
  return nlohmann::json::parse(
      read_text_file(SIGHTLINE_SOURCE_DIR "/docs/formats/results.schema.json"));
}

RunInfo a_run() {
  RunInfo run;
  run.command = "sightline eval --query 'a red heart'";
  run.date = "2026-01-31T12:00:00Z";
  run.processor = "a processor";
  run.processors = run.threads = 2;
  run.memory_bytes = 1 << 30;
  return run;
}

std::string joined(const std::vector<std::string>& findings) {
  std::string text;
  for (const auto& finding : findings) text += finding + "\n";
  return text;
}

TEST(ResultsJson, MatchesTheSchema) {
  EXPECT_EQ(
      joined(schema_findings(nlohmann::json::parse(results_json(one_model())), schema(), true)),
      "");
  const auto json = nlohmann::json::parse(results_json(full_result(), a_run()));
  EXPECT_EQ(json["run"]["command"], "sightline eval --query 'a red heart'");
  EXPECT_EQ(json["run"]["date"], "2026-01-31T12:00:00Z");
  EXPECT_EQ(json["run"]["machine"]["memory_bytes"], 1 << 30);
  EXPECT_EQ(joined(schema_findings(json, schema(), true)), "");
  const auto& failures = json["models"][0]["failures"];
  EXPECT_EQ(failures["hubs"]["text_to_image"]["hubs"][0]["id"], "b");
  EXPECT_EQ(failures["hubs"]["image_to_text"]["mean"], 1);
  EXPECT_EQ(failures["corrections"][1]["correction"], "qb-norm");
  EXPECT_EQ(failures["groups"][0]["groups"].size(), 2u);
  EXPECT_EQ(failures["typographic"]["examples"][0]["id"], "b");
  EXPECT_EQ(json["failures"]["query_bank"]["excluded"], 3);
  EXPECT_EQ(json["comparisons"].size(), 16u);
  EXPECT_EQ(json["best_models"].size(), 16u);              // one pair of models: one per comparison
  EXPECT_EQ(json["best_models"][0]["models"].size(), 0u);  // equal models
  EXPECT_EQ(json["statistics"]["significance_level"], 0.05);
  EXPECT_EQ(json["models"][0]["metrics"]["text_to_image"]["intervals"].size(), 11u);
  const auto& text_to_image = json["models"][0]["metrics"]["text_to_image"];
  EXPECT_EQ(text_to_image["accuracy_at_k"].size(), 2u);  // images
  EXPECT_EQ(text_to_image["accuracy_at_k"][0], text_to_image["recall_at_1"]);
  EXPECT_EQ(text_to_image["accuracy_at_k_intervals"][0], text_to_image["intervals"]["recall_at_1"]);
  EXPECT_EQ(
      json["models"][0]["metrics_by_split"]["test"]["text_to_image"]["accuracy_at_k_intervals"]
          .size(),
      0u);
  EXPECT_EQ(json["statistics"]["clusters"], 2);
  EXPECT_EQ(json["noise"]["kinds"][0], "typos");
  const auto& model = json["models"][0];
  EXPECT_EQ(model["robustness"]["points"][0]["accuracy"]["lost_interval"][1], 0.75);
  EXPECT_TRUE(model["robustness"]["clean"]["accuracy"]["interval"].is_null());
  EXPECT_EQ(model["examples"][0]["caption"], "two");
  EXPECT_EQ(model["examples"][0]["rank"], 2);
}

TEST(ResultsJson, NamesTheBestModels) {
  ExperimentResult result = full_result();
  result.models[1].metrics.text_to_image.accuracy = 1;
  result.comparisons[0].difference = -0.5;
  result.comparisons[0].p_corrected = 0.01;
  const auto best = nlohmann::json::parse(results_json(result))["best_models"];
  EXPECT_EQ(best[0]["view"], "text_to_image");
  EXPECT_EQ(best[0]["metric"], "accuracy");
  EXPECT_EQ(best[0]["models"], nlohmann::json::array({"m (2)"}));
  EXPECT_EQ(best[1]["models"], nlohmann::json::array());
  EXPECT_EQ(best_models_text(result, View::text_to_image, Metric::accuracy),
            "m (2) is significantly better than m");
  EXPECT_EQ(best_models_text(result, View::text_to_image, Metric::recall_at_1),
            "no model is significantly worse than the best");
  EXPECT_EQ(best_models_text(result, View::text_to_image, Metric::mean_rank), "");
}

TEST(ResultsJson, TheSchemaDetectsErrors) {
  const auto good = nlohmann::json::parse(results_json(full_result()));
  const auto findings_of = [&](const char* pointer, const nlohmann::json& value) {
    auto bad = good;
    bad[nlohmann::json::json_pointer(pointer)] = value;
    return schema_findings(bad, schema(), true).size();
  };
  EXPECT_EQ(findings_of("/schema_version", 1), 1u);
  EXPECT_EQ(findings_of("/models/0/metrics/text_to_image/score", -1), 1u);
  EXPECT_EQ(findings_of("/models/0/metrics/text_to_image/accuracy", "high"), 1u);
  EXPECT_EQ(findings_of("/models/1/metrics_by_split/test/image_to_text/intervals/score",
                        nlohmann::json::array({1})),
            1u);
  EXPECT_EQ(findings_of("/comparisons/0/view", "sideways"), 1u);
  EXPECT_EQ(findings_of("/something_new", 1), 1u);
  EXPECT_EQ(findings_of("/noise/kinds/0", "loud"), 1u);
  EXPECT_EQ(findings_of("/models/1/examples/0/rank", 0), 1u);
  auto bad = good;
  bad["models"][0].erase("label");
  EXPECT_EQ(schema_findings(bad, schema(), false).size(), 1u);
}

TEST(RunInfo, DescribesThisMachine) {
  const RunInfo run = this_run("command");
  EXPECT_EQ(run.command, "command");
  EXPECT_EQ(run.date.size(), std::string("2026-01-31T12:00:00Z").size());
  EXPECT_GT(run.processors, 0);
  EXPECT_GT(run.memory_bytes, 0);
  EXPECT_FALSE(run.system.empty());
}

TEST(RanksJsonl, HasOneLinePerCaption) {
  std::istringstream lines(ranks_jsonl(one_model()));
  std::vector<nlohmann::json> parsed;
  for (std::string line; std::getline(lines, line);) parsed.push_back(nlohmann::json::parse(line));
  ASSERT_EQ(parsed.size(), 3u);
  EXPECT_EQ(parsed[0]["models"][0]["rank"], 1);
  EXPECT_EQ(parsed[2]["caption"], "three");
  EXPECT_TRUE(parsed[2]["models"][0]["similarity"].is_null());
  EXPECT_EQ(parsed[2]["models"][0]["rank"], 3);  // NaN: candidates + 1
}

}  // namespace
}  // namespace sightline
