// --json of every command prints one JSON document on stdout with the content of the table.
#include <gtest/gtest.h>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

using nlohmann::json;

class Json : public ::testing::Test {
 protected:
  void SetUp() override { SIGHTLINE_NEEDS_TRAINING(); }

  static json run(const std::vector<std::string>& arguments) {
    const Finished done = sightline(arguments);
    EXPECT_EQ(done.exit_code, 0) << done.err;
    return parse_json(done.out);
  }
};

TEST_F(Json, Models) {
  const json all = run({"models", tiny_model(), "--json"});
  ASSERT_EQ(all["models"].size(), 1u);
  EXPECT_EQ(all["models"][0]["image_size"], 16);
  EXPECT_EQ(all["models"][0]["embedding_dim"], 16);
  EXPECT_EQ(all["models"][0]["fingerprint"].get<std::string>().size(), 64u);
}

TEST_F(Json, Tokenize) {
  const json all = run({"tokenize", "--model", tiny_model(), "a red ball", "", "--json"});
  ASSERT_EQ(all["texts"].size(), 2u);
  EXPECT_EQ(all["texts"][1]["ids"].size(), 2u);  // start and end
  EXPECT_EQ(all["texts"][0]["ids"].size(), all["texts"][0]["tokens"].size());
  EXPECT_EQ(all["texts"][0]["truncated"], false);
}

TEST_F(Json, Preprocess) {
  const auto out = scratch() / "pixels.npy";
  const json all = run({"preprocess", "--model", tiny_model(), small_dataset() / "image-100.bmp",
                        "--out", out, "--json"});
  EXPECT_EQ(all["shape"], json({16, 16, 3}));
  EXPECT_EQ(read_bytes(out).substr(0, 6), "\x93NUMPY");
}

TEST_F(Json, PreprocessSaysWhichPixelsOfARawFileItRead) {
  const auto lib = std::filesystem::path(SIGHTLINE_PROGRAM).parent_path() / "lib";
  if (!std::filesystem::exists(lib / "libsightline_raw.so")) GTEST_SKIP() << "no LibRaw";
  const auto images = std::filesystem::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/codecs";
  const json all = run({"preprocess", "--model", tiny_model(), images / "preview.dng", "--out",
                        scratch() / "pixels.npy", "--json"});
  EXPECT_EQ(all["decoded"], "embedded preview, 702 x 512 pixels");
}

TEST_F(Json, EncodeImagesAndTexts) {
  const auto out = scratch() / "vectors.npy";
  const json images = run({"encode", "--model", tiny_model(), "--dataset", small_dataset(),
                           "--split", "test", "--out", out, "--json"});
  EXPECT_EQ(images["rows"], kTestRows);
  EXPECT_EQ(images["dim"], 16);
  EXPECT_TRUE(images["skipped"].empty());
  write_bytes(scratch() / "lines.txt", "a red ball\n\na fish\n");
  const json texts = run({"encode", "--model", tiny_model(), "--texts", scratch() / "lines.txt",
                          "--out", out, "--json"});
  EXPECT_EQ(texts["rows"], 3);
  const std::string ids = read_bytes(scratch() / "vectors.ids.jsonl");
  EXPECT_EQ(std::count(ids.begin(), ids.end(), '\n'), 3);
  EXPECT_EQ(parse_json(ids.substr(0, ids.find('\n')))["text"], "a red ball");
}

TEST_F(Json, EvalAndSearch) {
  const auto out = fresh_folder("json-report");
  const json result =
      run({"eval", "--dataset", small_dataset(), "--model", tiny_model(), "--no-figures",
           "--no-cache", "--query", "a fish", "--out", out, "--json"});
  EXPECT_EQ(result, parse_json(read_bytes(out / "results.json")));
  const json found =
      run({"search", "--dataset", small_dataset(), "--model", tiny_model(), "--no-cache", "--top-k",
           "4", "a red ball", "a fish", "--grid", out / "grid.png", "--json"});
  ASSERT_EQ(found["queries"].size(), 2u);
  EXPECT_EQ(found["queries"][0]["hits"].size(), 4u);
  EXPECT_EQ(found["collection"]["rows"], kTrainRows + kTestRows);
  EXPECT_EQ(found["encoding"]["encoded"], kTrainRows + kTestRows);
  EXPECT_EQ(found["queries"][1]["text"], "a fish");
  EXPECT_EQ(read_bytes(out / "grid.png").substr(1, 3), "PNG");
}

TEST_F(Json, Train) {
  const json done = run({"train", write_small_recipe("json-recipe", 1), "--dataset",
                         small_dataset(), "--out", fresh_folder("json-trained"), "--json"});
  EXPECT_EQ(done["complete"], true);
  EXPECT_EQ(done["images"], kTrainRows);
  EXPECT_EQ(done["steps"], kTrainRows / 8);
}

TEST_F(Json, DatasetInfoAndConvert) {
  const json info = run({"dataset", "info", small_dataset(), "--decode", "--json"});
  EXPECT_EQ(info["rows"], kTrainRows + kTestRows);
  EXPECT_EQ(info["splits"]["test"], kTestRows);
  const auto to = scratch() / "converted";
  const json converted =
      run({"dataset", "convert", small_dataset(), to, "--to", "imagefolder", "--json"});
  EXPECT_EQ(converted["rows"], kTrainRows + kTestRows);
  EXPECT_EQ(run({"dataset", "info", to, "--json"})["splits"], info["splits"]);
}

TEST_F(Json, ParquetHasTheSameRows) {
  if (!SIGHTLINE_HAS_PARQUET) GTEST_SKIP() << "this build has no Arrow, so no Parquet";
  const auto file = fresh_folder("parquet") / "small.parquet";
  run({"dataset", "convert", small_dataset(), file, "--to", "parquet", "--json"});
  const auto a = scratch() / "from-folder.npy", b = scratch() / "from-parquet.npy";
  run({"encode", "--model", tiny_model(), "--dataset", small_dataset(), "--out", a, "--json"});
  run({"encode", "--model", tiny_model(), "--dataset", file, "--out", b, "--json"});
  EXPECT_EQ(read_bytes(a), read_bytes(b));
}

}  // namespace
}  // namespace sightline::testing
