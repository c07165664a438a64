// tune as a program: killed and continued, and its best.json in index, search and eval.
#include <gtest/gtest.h>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;
const fs::path kModel = fs::path(SIGHTLINE_SOURCE_DIR) / "models/emoji-vit-8";

// A plan for the small data set.
fs::path write_plan(const std::string& name, const std::string& more = "") {
  const fs::path plan = scratch() / (name + ".json");
  write_bytes(plan, R"({"dataset": ")" + small_dataset().string() + R"(",
      "splits": {"selection": "train", "report": "test"},
      "default": {"model": ")" +
                        kModel.string() + R"(", "text_column": "keywords"},
      "vary": {"precision": ["fp32", "int8"], "templates": [[], ["a {}"]],
               "expansion_hits": [0, 2], "expansion_weight": {"from": 0.1, "to": 1},
               "text_weight": {"from": 0, "to": 0.9}, "store": ["fp32", "fp16"]},
      "objective": {"metric": "mrr"}, "search": {"least_share": 0.3},
      "statistics": {"resamples": 200, "permutations": 200},
      "budget": {"trials": 12})" +
                        more + "}");
  return plan;
}

std::string lines_of(const fs::path& file) {
  return fs::exists(file) ? read_bytes(file) : std::string();
}

TEST(TuneProgram, KilledRunsContinueToTheSameFiles) {
  const fs::path plan = write_plan("tune-kills"), once = fresh_folder("tune-once"),
                 killed = fresh_folder("tune-killed");
  const Finished done = sightline({"tune", plan, "--out", once});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_TRUE(has(done.out, "On the report data")) << done.out;
  int kills = 0;
  for (int i = 0; i < 6; ++i) {
    const std::string before = lines_of(killed / "trials.jsonl");
    Process process({SIGHTLINE_PROGRAM, "tune", plan, "--out", killed, "--no-plot"});
    const auto more = [&] { return lines_of(killed / "trials.jsonl").size() > before.size(); };
    if (!wait_for(process, more)) break;
    process.kill_hard();
    process.wait();
    ++kills;
  }
  EXPECT_GE(kills, 3);
  const Finished last = sightline({"tune", plan, "--out", killed, "--no-plot", "--json"});
  ASSERT_EQ(last.exit_code, 0) << last.err;
  EXPECT_TRUE(last.err.empty()) << last.err;
  EXPECT_EQ(last.out, read_bytes(killed / "results.json"));
  for (const char* name : {"results.json", "best.json", "trials.jsonl", "plan.json"})
    EXPECT_EQ(read_bytes(killed / name), read_bytes(once / name)) << name;
  for (const char* name : {"tuning_pareto.png", "tuning_coordinates.png", "tuning_importance.png"})
    EXPECT_TRUE(fs::exists(once / name)) << name;
  EXPECT_TRUE(has(read_bytes(once / "tuning_pareto.gp"), "set yrange [0<*:*]"));
  const Finished repeated = sightline({"tune", plan, "--out", once, "--repeat", "3", "--json"});
  EXPECT_EQ(repeated.exit_code, 0) << repeated.err;
  EXPECT_EQ(parse_json(repeated.out)["equal"], true);
}

TEST(TuneProgram, RefusesWrongPlans) {
  const fs::path out = fresh_folder("tune-wrong");
  const Finished unknown =
      sightline({"tune", write_plan("tune-key", R"(, "trials": 3)"), "--out", out});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_TRUE(has(unknown.err, "unknown key 'trials'")) << unknown.err;
  EXPECT_EQ(sightline({"tune", scratch() / "none.json", "--out", out}).exit_code, 1);
  const Finished inside =
      sightline({"tune", write_plan("tune-inside"), "--out", small_dataset() / "out"});
  EXPECT_EQ(inside.exit_code, 2) << inside.err;
}

class ConfigTest : public ::testing::Test {
 protected:
  fs::path config(const std::string& name, const std::string& members) {
    const fs::path file = scratch() / (name + ".json");
    write_bytes(file, R"({"model": ")" + kModel.string() + "\"" + members + "}");
    return file;
  }
  static nlohmann::json hits(const std::vector<std::string>& command) {
    const Finished done = sightline(command);
    EXPECT_EQ(done.exit_code, 0) << done.err;
    return parse_json(done.out);
  }
};

TEST_F(ConfigTest, SearchUsesEverySetting) {
  const std::vector<std::string> query = {"search",  "--dataset", small_dataset(), "--json",
                                          "--top-k", "5",         "red circle"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), query.begin(), query.end());
    return hits(more);
  };
  const auto plain = with({"--config", config("plain", "")});
  EXPECT_EQ(plain["queries"], with({"--model", kModel})["queries"]);
  const auto int8 =
      with({"--config", config("int8", R"(, "precision": "int8", "templates": ["a {}"])")});
  EXPECT_EQ(int8["queries"],
            with({"--model", kModel, "--precision", "int8", "--template", "a {}"})["queries"]);
  // Options take precedence.
  EXPECT_EQ(with({"--config", config("int8b", R"(, "precision": "int8")"), "--precision",
                  "fp32"})["queries"],
            plain["queries"]);
  const auto expanded =
      with({"--config", config("expanded", R"(, "expansion_hits": 3, "expansion_weight": 1)")});
  const auto similarity = [](const nlohmann::json& result) {
    return result["queries"][0]["hits"][0]["similarity"].get<double>();
  };
  EXPECT_GT(similarity(expanded), similarity(plain) + 0.05);  // nearer to the images
  const auto fused =
      with({"--config", config("fused", R"(, "text_column": "keywords", "text_weight": 0.8)")});
  EXPECT_NE(fused["queries"], plain["queries"]);
}

TEST_F(ConfigTest, EvalMeasuresTheSameAsTheTuner) {
  const std::string members =
      R"(, "templates": ["a {}", "the {}"], "expansion_hits": 2, "expansion_weight": 0.5,
         "text_column": "keywords", "text_weight": 0.4)";
  const fs::path plan = scratch() / "tune-eval.json", out = fresh_folder("tune-eval");
  write_bytes(plan, R"({"dataset": ")" + small_dataset().string() + R"(",
      "splits": {"selection": "train", "report": "test"},
      "default": {"model": ")" +
                        kModel.string() + "\"" + members + R"(},
      "vary": {"store": ["fp32", "fp16"]}, "objective": {"metric": "mrr"},
      "budget": {"trials": 1}})");
  const auto tuned = hits({"tune", plan, "--out", out, "--no-plot", "--json"});
  const auto measured = hits({"eval", "--dataset", small_dataset(), "--split", "test", "--config",
                              config("eval", members), "--out", fresh_folder("tune-report"),
                              "--no-figures", "--json"});
  EXPECT_DOUBLE_EQ(
      measured["models"][0]["metrics"]["text_to_image"]["mean_reciprocal_rank"].get<double>(),
      tuned["report"]["default"]["value"].get<double>());
}

TEST_F(ConfigTest, IndexStoresAsConfiguredAndRefusesFusion) {
  const fs::path library = fresh_folder("config-library");
  const Finished done =
      sightline({"index", "--library", library, "--dataset", small_dataset(), "--config",
                 config("index", R"(, "precision": "int8", "store": "fp16", "templates": ["a {}"],
                                   "expansion_hits": 2, "expansion_weight": 0.5)")});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const auto info = hits({"library", "info", "--library", library, "--json"});
  EXPECT_NE(info.dump().find("fp16"), std::string::npos) << info.dump();
  EXPECT_NE(info.dump().find("int8"), std::string::npos) << info.dump();
  const auto found = hits({"search", "--library", library, "--json", "red circle", "--config",
                           scratch() / "index.json"});
  EXPECT_FALSE(found["queries"][0].contains("significance"));
  const Finished fused = sightline(
      {"index", "--library", fresh_folder("fused-library"), "--dataset", small_dataset(),
       "--config", config("fused-index", R"(, "text_column": "keywords", "text_weight": 0.5)")});
  EXPECT_EQ(fused.exit_code, 1);
  EXPECT_TRUE(has(fused.err, "text_weight")) << fused.err;
}

}  // namespace
}  // namespace sightline::testing
