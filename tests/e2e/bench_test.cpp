// sightline bench: the table, the JSON document, and usage errors.
#include <gtest/gtest.h>
#include <stdlib.h>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const std::string kModel = (fs::path(SIGHTLINE_SOURCE_DIR) / "models" / "emoji-vit-8").string();

TEST(Bench, JsonHasRatesMachineAndModel) {
  const Finished done = sightline({"bench", "--model", kModel, "--what", "image,text", "--batch",
                                   "1,8", "--rounds", "2", "--seconds", "0", "--json"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(done.err, "");
  const json all = parse_json(done.out);
  EXPECT_FALSE(all["machine"]["processor"].get<std::string>().empty());
  EXPECT_GT(all["machine"]["threads"], 0);
  EXPECT_FALSE(all["machine"]["onednn"].get<std::string>().empty());
  EXPECT_EQ(all["model"]["name"], "emoji-vit-8");
  ASSERT_EQ(all["rates"].size(), 4u);
  for (const json& row : all["rates"]) {
    EXPECT_TRUE(row["what"] == "image" || row["what"] == "text");
    EXPECT_EQ(row["precision"], "fp32");
    EXPECT_GT(row["per_second"], 0.0);
    EXPECT_GT(row["share_of_roofline"], 0.0);
  }
  EXPECT_GT(all["memory_read_bytes_per_second"], 0.0);
  EXPECT_GT(all["peak_memory"][0]["bytes"], 0);
}

TEST(Bench, WithoutRooflineSharesAreNull) {
  const Finished done =
      sightline({"bench", "--model", kModel, "--what", "image,preprocess", "--batch", "2",
                 "--rounds", "1", "--seconds", "0", "--no-roofline", "--json"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const json all = parse_json(done.out);
  ASSERT_EQ(all["rates"].size(), 2u);
  for (const json& row : all["rates"]) EXPECT_TRUE(row["share_of_roofline"].is_null());
  EXPECT_TRUE(all["memory_read_bytes_per_second"].is_null());
  EXPECT_EQ(all["images"]["synthetic"], true);
}

TEST(Bench, WithoutAnImplementationOfTheRooflineSharesAreNull) {
  // With AVX2 oneDNN has no bf16 kernels; the cpu backend has them for every processor.
  ::setenv("DNNL_MAX_CPU_ISA", "AVX2", 1);
  const Finished done =
      sightline({"bench", "--model", kModel, "--what", "text", "--precision", "fp32,bf16",
                 "--batch", "2", "--rounds", "1", "--seconds", "0", "--json"});
  ::unsetenv("DNNL_MAX_CPU_ISA");
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const json all = parse_json(done.out);
  ASSERT_EQ(all["rates"].size(), 2u);
  EXPECT_GT(all["rates"][0]["share_of_roofline"], 0.0);
  EXPECT_GT(all["rates"][1]["per_second"], 0.0);
  if (!all["rates"][1]["share_of_roofline"].is_null())
    GTEST_SKIP() << "this oneDNN has bf16 without AVX-512";
  EXPECT_TRUE(all["rates"][1]["roofline_per_second"].is_null());
}

TEST(Bench, TableNamesEveryRow) {
  const Finished done = sightline({"bench", "--model", kModel, "--what", "end_to_end", "--batch",
                                   "4", "--rounds", "1", "--seconds", "0"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  for (const char* word :
       {"emoji-vit-8", "end_to_end", "fp32", "share", "peak memory", "GB/s", "640 x 480"})
    EXPECT_NE(done.out.find(word), std::string::npos) << word << "\n" << done.out;
}

TEST(Bench, WrongUse) {
  const auto code = [](std::vector<std::string> more) {
    std::vector<std::string> words = {"bench", "--model",   kModel, "--rounds",
                                      "1",     "--seconds", "0"};
    words.insert(words.end(), more.begin(), more.end());
    const Finished done = sightline(words);
    EXPECT_LE(std::count(done.err.begin(), done.err.end(), '\n'), 2)
        << done.err;  // CLI11 adds a line
    return done.exit_code;
  };
  EXPECT_EQ(code({"--what", "speed"}), 2);
  EXPECT_EQ(code({"--batch", "0"}), 2);
  EXPECT_EQ(code({"--precision", "fp12"}), 2);
  EXPECT_EQ(code({"--what", "preprocess", "--images", "no-such-folder"}), 1);
  EXPECT_EQ(code({"--what", "text", "--captions", "no-such-file"}), 1);
  const auto empty = fresh_folder("bench-empty");
  EXPECT_EQ(code({"--what", "preprocess", "--images", empty}), 1);
  write_bytes(empty / "captions.txt", "\n\n");
  EXPECT_EQ(code({"--what", "text", "--captions", empty / "captions.txt"}), 2);
  EXPECT_EQ(sightline({"bench", "--model", "no-such-folder/model"}).exit_code, 1);
}

}  // namespace
}  // namespace sightline::testing
