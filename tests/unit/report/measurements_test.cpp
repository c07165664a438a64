// Stored measurements: what is read back equals what was measured, and models that are added later
// give the result of measuring all together.
#include <sightline/measurements.h>

#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/report.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <utility>

#include "eval/measure_retrieval.h"
#include "eval/uncertainty.h"
#include "expect_error.h"
#include "sample_result.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kImages = 60, kTexts = 150, kDim = 12;

Matrix random_vectors(int64_t rows, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Matrix out(rows, kDim);
  for (float& value : out.values) value = normal(random);
  return out;
}

// Rows with two splits, a column, and captions that repeat.
ExperimentResult without_models() {
  ExperimentResult result;
  result.dataset = "data";
  result.dataset_format = "imagefolder";
  result.columns = {"place"};
  result.statistics.resamples = 200;
  result.statistics.permutations = 300;
  for (int64_t n = 0; n < kImages; ++n) {
    ExperimentRow row;
    row.id = "image " + std::to_string(n) + "\xf0\x9f\x98\x80";
    row.split = n % 2 ? "novel" : "test";
    row.fields = {n % 3 ? "zoo" : "street"};
    result.rows.push_back(row);
  }
  for (int64_t t = 0; t < kTexts; ++t) {
    auto& captions = result.rows[static_cast<size_t>(t % kImages)].captions;
    result.text_row.push_back(t % kImages);
    result.text_caption.push_back(static_cast<int64_t>(captions.size()));
    captions.push_back("caption " + std::to_string(t % 140));
  }
  result.skipped = {{"broken.png", "not an image"}};
  result.failures = sample_failure_options();
  result.bank = QueryBank{"train", 12, 3};
  result.warnings = {"a warning"};
  return result;
}

void add_model(ExperimentResult& result, const std::string& label, uint32_t seed) {
  RetrievalSet set{
      random_vectors(kImages, seed), random_vectors(kTexts, seed + 100), result.text_row, {}};
  for (int64_t t = 0; t < kTexts; ++t) set.text_identity.push_back(t % 140);
  result.models.emplace_back();
  ModelResult& model = result.models.back();
  model.label = model.info.name = label;
  model.info.fingerprint = "fingerprint of " + label;
  model.info.seed = 7;
  std::optional<TrecExport> none;
  measure_retrieval(result, model, set, none, {});
  model.queries = {{"a query", {{3, 0.25}, {5, 0.125}}}};
  Robustness noise;
  noise.queries = 3;
  noise.clean.accuracy.value = 0.5;
  NoisePoint point;
  point.kind = NoiseKind::typos;
  point.strength = 0.1;
  point.accuracy = {0.25, 0.5, Interval{0.1, 0.3}, std::nullopt};
  noise.points = {point};
  model.robustness = noise;
  model.failures = sample_failures();
}

class Measurements : public testing::Test {
 protected:
  Measurements() {
    std::string name = (fs::temp_directory_path() / "sl_measurements_XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~Measurements() override { fs::remove_all(folder_); }

  ExperimentResult read_back(const std::string& text) const {
    std::ofstream(path()) << text;
    return read_measurements(path());
  }
  fs::path path() const { return folder_ / "measurements.json"; }

  fs::path folder_;
};

TEST_F(Measurements, ReadBackExactly) {
  ExperimentResult result = without_models();
  add_model(result, "one", 1);
  add_model(result, "two", 2);
  add_statistics(result);
  const ExperimentResult again = read_back(measurements_json(result));
  EXPECT_EQ(results_json(again), results_json(result));
  EXPECT_EQ(ranks_jsonl(again), ranks_jsonl(result));
  EXPECT_EQ(measurements_json(again), measurements_json(result));
  EXPECT_EQ(again.rows[1].fields, result.rows[1].fields);
}

// Files that were written before there was a failure report.
TEST_F(Measurements, WithoutAFailureReportAreRead) {
  ExperimentResult result = without_models();
  add_model(result, "one", 1);
  auto json = nlohmann::ordered_json::parse(measurements_json(result));
  json.erase("query_bank");
  json["settings"].erase("failures");
  json["models"][0].erase("failures");
  const ExperimentResult again = read_back(json.dump());
  EXPECT_EQ(again.failures.hub_k, 0);
  EXPECT_FALSE(again.models[0].failures.image_hubs);
}

TEST_F(Measurements, AddedModelsGiveTheResultOfOneRun) {
  ExperimentResult together = without_models();
  for (uint32_t m = 1; m <= 3; ++m) add_model(together, "model " + std::to_string(m), m);
  add_statistics(together);

  ExperimentResult first = without_models();
  for (uint32_t m = 1; m <= 2; ++m) add_model(first, "model " + std::to_string(m), m);
  ExperimentResult stored = read_back(measurements_json(first));
  ExperimentResult more = without_models();
  add_model(more, "model 3", 3);
  add_models(stored, more);
  EXPECT_EQ(results_json(stored), results_json(together));
  EXPECT_EQ(ranks_jsonl(stored), ranks_jsonl(together));
}

TEST_F(Measurements, AReplacedModelDoesNotTakeTheLabelOfAnother) {
  ExperimentResult result = without_models(), again = without_models();
  add_model(result, "one", 1);
  add_model(result, "two", 2);
  add_model(again, "one", 1);
  again.models[0].label = "two";
  add_models(result, again);
  ASSERT_EQ(result.models.size(), 2u);
  EXPECT_EQ(result.models[0].label, "two (2)");
}

TEST_F(Measurements, AReplacedModelTakesTheLabelThatIsGivenNow) {
  ExperimentResult result = without_models(), again = without_models();
  add_model(result, "one", 1);
  add_model(again, "one", 1);
  again.models[0].label = again.models[0].info.name = "new";  // as NAME=PATH sets them
  const std::vector<std::string> notes = add_models(result, again);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find("'new' replaces 'one'"), std::string::npos) << notes[0];
  EXPECT_EQ(result.models.at(0).label, "new");
}

TEST_F(Measurements, AModelIsReplacedNotRepeated) {
  ExperimentResult result = without_models(), again = without_models();
  add_model(result, "one", 1);
  add_model(again, "one", 1);
  result.models[0].label = "mine";
  const std::vector<std::string> notes = add_models(result, again);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find("replaces 'mine'"), std::string::npos) << notes[0];
  ASSERT_EQ(result.models.size(), 1u);
  EXPECT_EQ(result.models[0].label, "mine");
  again.models[0].label = "given now";
  add_models(result, again);
  ASSERT_EQ(result.models.size(), 1u);
  EXPECT_EQ(result.models[0].label, "given now");
  again.models[0].computation.precision = Precision::bf16;
  add_models(result, again);
  ASSERT_EQ(result.models.size(), 2u);
  EXPECT_NE(result.models[0].label, result.models[1].label);
}

TEST_F(Measurements, OtherRowsAndSettingsAreRejected) {
  ExperimentResult result = without_models();
  add_model(result, "one", 1);
  const auto reject = [&](auto change, const std::string& expected) {
    ExperimentResult more = without_models();
    add_model(more, "two", 2);
    change(more);
    ExperimentResult copy = result;
    test::expect_error(ErrorCode::invalid_argument, expected, [&] { add_models(copy, more); });
  };
  reject([](auto& more) { more.top_k = 3; }, "K is 5");
  reject([](auto& more) { more.splits = {"novel"}; }, "the report has the splits '', not 'novel'");
  reject([](auto& more) { more.rows[4].id = "other"; }, "image 5 was");
  reject([](auto& more) { more.rows[4].captions[0] = "other"; }, "captions of 'image 4");
  reject([](auto& more) { more.rows[4].split = "train"; }, "is in 'train' now");
  reject([](auto& more) { more.rows.pop_back(); }, "there were 60 images");
  reject([](auto& more) { more.models[0].queries[0].text = "x"; }, "the report has 'a query'");
  reject([](auto& more) { more.noise.kinds = {NoiseKind::typos}; },
         "the report was made without noise");
  reject([](auto& more) { more.failures.hub_k = 3; }, "K of hubs is 2");
  reject([](auto& more) { more.failures.corrections.beta = 10; }, "other corrections");
  reject([](auto& more) { more.failures.typographic.reset(); }, "another typographic attack");
}

TEST_F(Measurements, DamagedFilesAreRejected) {
  ExperimentResult result = without_models();
  add_model(result, "one", 1);
  const std::string text = measurements_json(result);
  const auto reject = [&](const std::string& from, const std::string& to) {
    std::string damaged = text;
    const size_t at = damaged.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    damaged.replace(at, from.size(), to);
    test::expect_error(ErrorCode::invalid_data, "measurements.json", [&] { read_back(damaged); });
  };
  reject("sightline-measurements", "sightline-results");
  reject(R"("version":1)", R"("version":2)");
  reject(R"("hits":[[3,)", R"("hits":[[60,)");
  reject(R"("texts":[[0,0])", R"("texts":[[0,99])");
  reject(R"("text_rank":[)", R"("text_rank":[1,)");
  reject(R"("own_similarity":[)", R"("own_similarity":["x",)");
  test::expect_error(ErrorCode::invalid_data, "measurements.json",
                     [&] { read_back(text.substr(0, text.size() / 2)); });
  test::expect_error(ErrorCode::not_found, "missing.json",
                     [&] { read_measurements(folder_ / "missing.json"); });
}

}  // namespace
}  // namespace sightline
