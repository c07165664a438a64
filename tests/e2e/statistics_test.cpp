// `sightline eval` on the command line: intervals, tests between models, TREC files.
#include <gtest/gtest.h>

#include <filesystem>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kModel = SIGHTLINE_SOURCE_DIR "/models/emoji-vit-8";

std::vector<std::string> eval(const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"eval",       "--dataset", small_dataset(),
                                        "--model",    kModel,      "--no-figures",
                                        "--no-cache", "--out",     scratch() / "statistics-report"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST(Statistics, BytesDoNotDependOnThreads) {
  const auto run = [](const char* threads) {
    ::setenv("OMP_NUM_THREADS", threads, 1);
    const Finished done = sightline(eval({"--json", "--bootstrap", "300", "--seed", "7"}));
    ::unsetenv("OMP_NUM_THREADS");
    EXPECT_EQ(done.exit_code, 0) << done.err;
    auto json = parse_json(done.out);
    json["models"][0].erase("encoding");  // contains seconds
    return json;
  };
  const auto one = run("1");
  EXPECT_EQ(one, run("3"));
  EXPECT_EQ(one["statistics"]["seed"], 7);
  EXPECT_EQ(one["models"][0]["metrics"]["text_to_image"]["intervals"]["accuracy"].size(), 2u);
}

TEST(Statistics, TwoModelsAreCompared) {
  const Finished done =
      sightline(eval({"--model", kModel, "--bootstrap", "100", "--permutations", "100"}));
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_NE(done.out.find("p (Holm)"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("seed 1"), std::string::npos);
  EXPECT_NE(done.out.find("95 % interval"), std::string::npos);
}

TEST(Statistics, NoneIfSwitchedOff) {
  const Finished done =
      sightline(eval({"--json", "--model", kModel, "--bootstrap", "0", "--permutations", "0"}));
  const auto json = parse_json(done.out);
  EXPECT_TRUE(json["comparisons"].empty());
  EXPECT_TRUE(json["models"][0]["metrics"]["text_to_image"]["intervals"].empty());
}

TEST(Statistics, TrecFiles) {
  const fs::path trec = scratch() / "trec";
  const Finished done = sightline(eval({"--trec", trec, "--trec-depth", "3", "--bootstrap", "0"}));
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const std::string run = read_bytes(trec / "emoji-vit-8.text-to-image.run");
  EXPECT_EQ(std::count(run.begin(), run.end(), '\n'), 3 * (kTrainRows + kTestRows));
  const std::string qrels = read_bytes(trec / "text-to-image.qrels");
  EXPECT_EQ(std::count(qrels.begin(), qrels.end(), '\n'), kTrainRows + kTestRows);
  EXPECT_NE(done.err.find("the TREC runs hold only the best"), std::string::npos) << done.err;
}

TEST(Statistics, RejectsInvalidNumbers) {
  EXPECT_EQ(sightline(eval({"--trec", scratch() / "t", "--trec-depth", "none"})).exit_code, 2);
  EXPECT_EQ(sightline(eval({"--trec-depth", "5"})).exit_code, 2);  // without --trec
  EXPECT_EQ(sightline(eval({"--confidence", "1"})).exit_code, 2);
  EXPECT_EQ(sightline(eval({"--bootstrap", "-1"})).exit_code, 2);
}

}  // namespace
}  // namespace sightline::testing
