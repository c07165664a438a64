// search and eval on vectors that other programs wrote: no model is loaded.
#include <gtest/gtest.h>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;
const fs::path kGolden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden";

TEST(OtherVectors, AreSearchedByVectorWithoutAModel) {
  const fs::path npy = kGolden / "npy/little_f8_fortran.npy";
  const Finished found = sightline(
      {"search", "--vectors", npy, "--vector", npy.string() + "#4", "--top-k", "2", "--json"});
  ASSERT_EQ(found.exit_code, 0) << found.err;
  const auto json = parse_json(found.out);
  ASSERT_EQ(json["queries"].size(), 1u);
  EXPECT_EQ(json["queries"][0]["hits"][0]["id"], "4");
  EXPECT_NEAR(json["queries"][0]["hits"][0]["similarity"].get<double>(), 1, 1e-6);
  EXPECT_TRUE(json["model"]["name"].is_null());
  EXPECT_NE(found.err.find("scaled, so that similarities are cosines"), std::string::npos);
  const Finished text = sightline({"search", "--vectors", npy, "a cat"});
  EXPECT_EQ(text.exit_code, 2);
  EXPECT_NE(text.err.find("requires --model"), std::string::npos) << text.err;
  const Finished other = sightline(
      {"search", "--vectors", npy, "--vector", kGolden / "clip_retrieval/expected_images.npy"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_NE(other.err.find("has 4 elements, the collection has vectors of 5"), std::string::npos)
      << other.err;
}

TEST(OtherVectors, OfAnyEncoderAreEvaluated) {
  const fs::path out = kGolden / "clip_retrieval/out", folder = fresh_folder("vector_eval");
  const fs::path npy = kGolden / "clip_retrieval/expected_images.npy";
  const Finished same = sightline({"eval", "--image-vectors", npy, "--text-vectors", npy,
                                   "--image-vectors", out, "--text-vectors", out, "--no-figures",
                                   "--json", "--bootstrap", "100", "--out", folder / "report"});
  ASSERT_EQ(same.exit_code, 0) << same.err;
  const auto json = parse_json(same.out);
  ASSERT_EQ(json["models"].size(), 2u);
  EXPECT_EQ(json["models"][0]["metrics"]["text_to_image"]["recall_at_1"], 1.0);
  EXPECT_TRUE(json["models"][0]["fingerprint"].is_null());
  EXPECT_FALSE(json["comparisons"].empty());
  EXPECT_TRUE(fs::exists(folder / "report/index.html"));
  EXPECT_NE(same.err.find("the text in row i belongs to the image in row i"), std::string::npos);
  write_bytes(folder / "pairs.tsv", "0\t1\n1\t0\n");
  const Finished pairs =
      sightline({"eval", "--image-vectors", npy, "--text-vectors", npy, "--relevance",
                 folder / "pairs.tsv", "--no-figures", "--json", "--out", folder / "report"});
  ASSERT_EQ(pairs.exit_code, 0) << pairs.err;
  EXPECT_EQ(parse_json(pairs.out)["models"][0]["metrics"]["text_to_image"]["recall_at_1"], 0.0);
  EXPECT_NE(pairs.err.find("3 of 5 texts are in no line"), std::string::npos) << pairs.err;
  EXPECT_EQ(sightline({"eval", "--image-vectors", npy, "--out", folder / "report"}).exit_code, 2);
  EXPECT_EQ(sightline({"eval", "--image-vectors", npy, "--text-vectors", npy, "--dataset", "x",
                       "--out", folder / "report"})
                .exit_code,
            2);
  EXPECT_EQ(sightline({"eval", "--out", folder / "report"}).exit_code, 2);
}

TEST(OtherVectors, TheReportTellsTheCommandAndTheMachine) {
  const fs::path npy = kGolden / "clip_retrieval/expected_images.npy";
  const fs::path report = fresh_folder("vector_command") / "it's a report";
  const Finished done = sightline({"eval", "--image-vectors", npy, "--text-vectors", npy,
                                   "--no-figures", "--json", "--bootstrap", "0", "--out", report});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const auto run = parse_json(done.out)["run"];
  EXPECT_EQ(run, parse_json(read_bytes(report / "results.json"))["run"]);
  const std::string command = run["command"];
  EXPECT_NE(command.find("sightline eval --image-vectors "), std::string::npos) << command;
  EXPECT_TRUE(command.ends_with("it'\\''s a report'")) << command;
  EXPECT_GT(run["machine"]["memory_bytes"], 0);
  // The command can be repeated in a shell.
  EXPECT_EQ(run_command({"/bin/sh", "-c", command}).exit_code, 0);
}

}  // namespace
}  // namespace sightline::testing
