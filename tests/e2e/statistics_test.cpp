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
    json.erase("run");                    // date, number of threads
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

TEST(Statistics, ModelsAreAddedToAReport) {
  const fs::path report = fresh_folder("added-report");
  const auto add = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"eval",       "--add", "--no-figures",
                                          "--no-cache", "--out", report};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return sightline(arguments);
  };
  const std::string other = SIGHTLINE_SOURCE_DIR "/models/emoji-vit-16";
  EXPECT_NE(add({"--model", other}).err.find("evaluate without --add first"), std::string::npos);
  const Finished first = sightline({"eval", "--dataset", small_dataset(), "--model", kModel,
                                    "--no-figures", "--no-cache", "--out", report, "--bootstrap",
                                    "50", "--top-k", "3", "--query", "a cat", "--ranks"});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  // Settings are those of the report.
  const Finished second = add({"--model", other, "--json"});
  ASSERT_EQ(second.exit_code, 0) << second.err;
  const auto json = parse_json(second.out);
  EXPECT_EQ(json["models"].size(), 2u);
  EXPECT_EQ(json["models"][0]["label"], "emoji-vit-8");
  EXPECT_EQ(json["models"][1]["queries"][0]["text"], "a cat");
  EXPECT_EQ(json["top_k"], 3);
  EXPECT_EQ(json["statistics"]["resamples"], 50);
  EXPECT_FALSE(json["comparisons"].empty());
  // The report keeps its ranks, and its command lists both calls.
  EXPECT_TRUE(fs::exists(report / "ranks.jsonl"));
  const std::string command = json["run"]["command"];
  EXPECT_NE(command.find(" && "), std::string::npos) << command;
  EXPECT_NE(command.find("--query"), std::string::npos) << command;
  EXPECT_NE(add({}).err.find("--add requires --model"), std::string::npos);
  const Finished differs = add({"--model", other, "--top-k", "4"});
  EXPECT_EQ(differs.exit_code, 2);
  EXPECT_NE(differs.err.find("K is 3 in the stored measurements and 4 now"), std::string::npos)
      << differs.err;
}

TEST(Statistics, NoneIfSwitchedOff) {
  const Finished done =
      sightline(eval({"--json", "--model", kModel, "--bootstrap", "0", "--permutations", "0"}));
  const auto json = parse_json(done.out);
  EXPECT_TRUE(json["comparisons"].empty());
  EXPECT_TRUE(json["models"][0]["metrics"]["text_to_image"]["intervals"].empty());
}

TEST(Statistics, TrecReplacesOnlyItsOwnFiles) {
  const fs::path trec = fresh_folder("own-trec");
  write_bytes(trec / "text-to-image.qrels", "mine");
  const Finished refused = sightline(eval({"--trec", trec, "--bootstrap", "0"}));
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("text-to-image.qrels' was not written by"), std::string::npos)
      << refused.err;
  EXPECT_EQ(read_bytes(trec / "text-to-image.qrels"), "mine");
  fs::remove(trec / "text-to-image.qrels");
  ASSERT_EQ(sightline(eval({"--trec", trec, "--bootstrap", "0"})).exit_code, 0);
  write_bytes(trec / "old.text-to-image.run", "of a model that is no longer evaluated");
  ASSERT_EQ(sightline(eval({"--trec", trec, "--bootstrap", "0"})).exit_code, 0);
  EXPECT_FALSE(fs::exists(trec / "old.text-to-image.run"));
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
