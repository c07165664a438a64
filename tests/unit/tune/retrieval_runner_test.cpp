// Splits by near-duplicates, and trials of retrieval with a shipped model.
#include <gtest/gtest.h>
#include <sightline/tune.h>

#include <fstream>
#include <set>

#include "base/file.h"
#include "expect_error.h"
#include "synthetic_runner.h"
#include "tune/tuning_rows.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

TuningRow row_of(uint64_t hash, uint8_t digest, const std::string& split = "a") {
  TuningRow row;
  row.hash = hash;
  row.digest[0] = digest;
  row.split = split;
  row.captions = {"x"};
  return row;
}

TEST(NearDuplicates, AreGroupedByHashAndCosineAndThroughOthers) {
  const uint64_t far = 0xffffffff00000000u;
  const std::vector<TuningRow> rows = {
      row_of(far, 1), row_of(far ^ 0x7f, 2), row_of(far ^ 0x7f7f, 3), row_of(~far, 4),
      row_of(0, 5),   row_of(0, 6),          row_of(0x1234567, 4),    row_of(~far ^ 0x3, 7)};
  const auto groups = near_duplicate_groups(rows, [](int64_t a, int64_t b) {
    return a != 3 && b != 7;  // the vectors of these differ
  });
  EXPECT_EQ(groups, (std::vector<int64_t>{0, 0, 0, 3, 4, 5, 3, 7}));  // 3 and 6 are equal files
}

TEST(NearDuplicates, StayOnOneSide) {
  std::vector<TuningRow> rows;
  std::vector<int64_t> groups;
  for (int64_t i = 0; i < 300; ++i) {
    rows.push_back(row_of(1, static_cast<uint8_t>(i), i % 4 == 0 ? "b" : "a"));
    groups.push_back(i - i % 3);
  }
  TuningData data;
  const TuningSplit split = split_rows(rows, groups, data, 1);
  EXPECT_EQ(split.groups, 100);
  EXPECT_EQ(split.largest_group, 3);
  EXPECT_EQ(split.selection.size() + split.report.size(), 300u);
  EXPECT_NEAR(static_cast<double>(split.report.size()), 120, 3);
  std::set<int64_t> reported;
  for (const int64_t i : split.report) reported.insert(groups[static_cast<size_t>(i)]);
  for (const int64_t i : split.selection)
    EXPECT_FALSE(reported.contains(groups[static_cast<size_t>(i)])) << i;
  EXPECT_NE(split.selection, split_rows(rows, groups, data, 2).selection);

  data.selection = {"a"};
  data.report = {"b"};
  const TuningSplit named = split_rows(rows, groups, data, 1);
  EXPECT_EQ(named.report.size(), 75u);
  EXPECT_EQ(named.left_out + std::ssize(named.selection), 225);
  EXPECT_EQ(named.left_out, 150);  // each row of b shares its group with two rows of a
  data.report = {"none"};
  test::expect_error(ErrorCode::invalid_data, "report data have no image",
                     [&] { split_rows(rows, groups, data, 1); });
}

// A PPM image that depends on the seed.
void write_image(const fs::path& file, uint32_t seed) {
  std::ofstream out(file, std::ios::binary);
  out << "P6\n32 32\n255\n";
  for (uint32_t i = 0; i < 32 * 32 * 3; ++i) {
    const uint32_t x = i / 3 % 32, y = i / 96;
    out.put(static_cast<char>((x * (seed % 7 + 1) + y * (seed % 5 + 1)) * (seed + 3) +
                              i % 3 * seed * 40));
  }
}

class RetrievalRunnerTest : public ::testing::Test {
 protected:
  static constexpr int kImages = 24;

  RetrievalRunnerTest() : folder_(test::tuning_folder("retrieval")) {
    fs::create_directories(folder_ / "data");
    std::ofstream table(folder_ / "data" / "metadata.jsonl");
    for (int i = 0; i < kImages; ++i) {
      const std::string name = "i" + std::to_string(i) + ".ppm";
      write_image(folder_ / "data" / name, static_cast<uint32_t>(i));
      table << R"({"file_name": ")" << name << R"(", "text": "thing number )" << i
            << R"(", "keywords": "thing number )" << i << " | pattern " << i << " | k" << i
            << "\"}\n";
    }
  }

  TuningPlan plan(const std::string& more = "") const {
    return parse_tuning_plan(R"({"dataset": ")" + (folder_ / "data").string() +
                                 R"(", "default": {"model": ")" + SIGHTLINE_SOURCE_DIR +
                                 R"(/models/emoji-vit-8", "text_column": "keywords"},
        "vary": {"precision": ["fp32", "int8"], "templates": [[], ["a {}", "the {}"]],
                 "expansion_hits": [0, 2], "expansion_weight": [0.3, 0.6],
                 "text_weight": {"from": 0, "to": 0.9}, "store": ["fp32", "fp16"]},
        "objective": {"metric": "mrr"}, "budget": {"trials": 10},
        "search": {"least_share": 0.3}, "statistics": {"resamples": 200})" +
                                 more + "}",
                             "plan");
  }

  RunnerOptions with_folder(const std::string& name) const {
    RunnerOptions options;
    options.folder = folder_ / name;
    return options;
  }

  fs::path folder_;
};

TEST_F(RetrievalRunnerTest, TrialsDoNotDependOnTheirOrderOrTheFolder) {
  const TuningPlan p = plan();
  const auto first = retrieval_runner(p, with_folder("vectors"));
  EXPECT_EQ(first->rows(TuningSide::selection) + first->rows(TuningSide::report), kImages);
  const auto trials = propose_trials(p);
  const auto gains = [&](TrialRunner& runner, const Trial& trial, double share) {
    const TrialScores s =
        runner.run({trial.configuration, trial.number, TuningSide::selection, share, folder_, {}});
    EXPECT_EQ(s.gains.size(), s.queries.size());
    EXPECT_GT(s.megabytes, 1);
    return s.gains;
  };
  std::map<std::string, std::vector<double>> expected;
  for (const Trial& trial : trials)
    for (const double share : {1.0 / 3, 1.0})
      expected[trial.configuration + std::to_string(share)] = gains(*first, trial, share);
  const auto second = retrieval_runner(p, {});
  EXPECT_EQ(first->fingerprint(), second->fingerprint());
  for (auto trial = trials.rbegin(); trial != trials.rend(); ++trial)
    for (const double share : {1.0, 1.0 / 3})
      EXPECT_EQ(gains(*second, *trial, share),
                expected[trial->configuration + std::to_string(share)]);
}

TEST_F(RetrievalRunnerTest, FusionWithTheRightTextsFindsEveryImage) {
  const TuningPlan p = plan();
  const auto runner = retrieval_runner(p, {});
  auto c = nlohmann::json::parse(p.defaults);
  const auto quality = [&] {
    const TrialScores s = runner->run({c.dump(), 0, TuningSide::selection, 1, folder_, {}});
    double sum = 0;
    for (const double gain : s.gains) sum += gain;
    return sum / static_cast<double>(s.gains.size());
  };
  const double images = quality();
  c["text_weight"] = 1;
  EXPECT_GT(quality(), images + 0.1);
  c["text_column"] = "none";
  test::expect_error(ErrorCode::invalid_argument, "column 'none'", quality);
}

TEST_F(RetrievalRunnerTest, ARunEndsWithAUsableConfiguration) {
  const TuningPlan p = plan();
  const auto runner = retrieval_runner(p, with_folder("out/vectors"));
  const TuningResult result = tune(p, *runner, {.out = folder_ / "out"});
  EXPECT_GE(result.selection_winner, result.selection_default);
  EXPECT_FALSE(read_configuration(folder_ / "out" / "best.json").model.empty());
  const RepeatedTrial repeated = repeat_last_evaluation(p, *runner, folder_ / "out", result.winner);
  EXPECT_EQ(repeated.share, 1);
  EXPECT_EQ(repeated.recorded, repeated.repeated);
  const auto json = nlohmann::json::parse(read_text_file(folder_ / "out" / "results.json"));
  EXPECT_EQ(json["data"]["images"], kImages);
}

TEST_F(RetrievalRunnerTest, ChangedDataHaveAnotherFingerprint) {
  const std::string before = retrieval_runner(plan(), {})->fingerprint();
  write_image(folder_ / "data" / "i3.ppm", 99);
  EXPECT_NE(retrieval_runner(plan(), {})->fingerprint(), before);
}

TEST_F(RetrievalRunnerTest, WrongPlansAreRefusedBeforeWork) {
  TuningPlan p = plan();
  p.defaults = R"({"precision": "fp32"})";
  test::expect_error(ErrorCode::invalid_argument, "has no 'model'",
                     [&] { retrieval_runner(p, {}); });
  p = plan();
  p.defaults = R"({"model": "m", "modle": 1, "text_column": "keywords"})";
  test::expect_error(ErrorCode::invalid_data, "unknown key 'modle'",
                     [&] { retrieval_runner(p, {}); });
}

}  // namespace
}  // namespace sightline
