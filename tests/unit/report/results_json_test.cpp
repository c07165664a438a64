#include <gtest/gtest.h>
#include <sightline/report.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

namespace sightline {
namespace {

ExperimentResult one_model() {
  ExperimentResult result;
  result.dataset = "set";
  result.dataset_kind = "parquet";
  result.splits = {"test"};
  result.rows = {{"a", "test", {"bad \xff byte"}}, {"b", "test", {"two", "three"}}};
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

TEST(ResultsJson, HoldsTheFigures) {
  const auto json = nlohmann::json::parse(results_json(one_model()));
  EXPECT_EQ(json["format"], "sightline-results");
  EXPECT_EQ(json["schema_version"], 2);
  EXPECT_EQ(json["dataset"]["pictures"], 2);
  EXPECT_EQ(json["dataset"]["texts"], 3);
  EXPECT_EQ(json["skipped"][0]["reason"], "broken");
  const auto& model = json["models"][0];
  EXPECT_EQ(model["fingerprint"], "f00");
  EXPECT_EQ(model["metrics"]["text_to_image"]["score"], 2);
  EXPECT_EQ(model["metrics"]["text_to_image"]["weighted_score"], 10);
  EXPECT_EQ(model["metrics"]["own_pair_similarity"]["count"], 2);
  EXPECT_EQ(model["queries"][0]["hits"][0]["id"], "b");
}

TEST(RanksJsonl, HasALineForEveryCaption) {
  std::istringstream lines(ranks_jsonl(one_model()));
  std::vector<nlohmann::json> parsed;
  for (std::string line; std::getline(lines, line);) parsed.push_back(nlohmann::json::parse(line));
  ASSERT_EQ(parsed.size(), 3u);
  EXPECT_EQ(parsed[0]["models"][0]["rank"], 1);
  EXPECT_EQ(parsed[2]["caption"], "three");
  EXPECT_TRUE(parsed[2]["models"][0]["similarity"].is_null());
  EXPECT_EQ(parsed[2]["models"][0]["rank"], 3);  // two candidates: beyond all
}

}  // namespace
}  // namespace sightline
