// The model that ships, and the examples of examples/.
#include <gtest/gtest.h>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

fs::path shipped_model() {
  return fs::path(SIGHTLINE_SOURCE_DIR) / "models" / "emoji-vit-8";
}

TEST(ShippedModel, IsWhole) {
  if (!fs::exists(shipped_model() / "config.json")) GTEST_SKIP() << "models/emoji-vit-8 is not there";
  const Finished done = sightline({"models", shipped_model(), "--json"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_LE(fs::file_size(shipped_model() / "model.safetensors"), 10'000'000u);
}

TEST(ShippedModel, FindsEmojiThatItNeverSaw) {
  if (!fs::exists(shipped_model() / "config.json")) GTEST_SKIP() << "models/emoji-vit-8 is not there";
  const fs::path data = scratch() / "emoji";
  const Finished made = sightline({"dataset", "emoji", data, "--json"});
  if (made.exit_code != 0) GTEST_SKIP() << "the sample data cannot be made here: " << made.err;
  const Finished done =
      sightline({"eval", "--dataset", data, "--split", "test,novel", "--model", shipped_model(),
                 "--no-figures", "--no-cache", "--out", scratch() / "emoji-report", "--json"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const auto report = parse_json(done.out);
  const auto& test = report["models"][0]["metrics_by_split"]["test"]["text_to_image"];
  EXPECT_EQ(test["queries"], 600);
  EXPECT_EQ(test["candidates"], 833);
  // The model card says 0.652; another font or processor may move a few of the 600 rows.
  EXPECT_GE(test["recall_at_5"], 0.64) << test;
}

TEST(Examples, EmbedSearchEvaluate) {
  SIGHTLINE_NEEDS_TRAINING();
  const std::string folder = SIGHTLINE_EXAMPLES, model = tiny_model(), data = small_dataset();
  const Finished embed =
      run_command({folder + "/1_embed", model, data + "/picture-100.bmp", "a red ball", "a fish"});
  EXPECT_EQ(embed.exit_code, 0) << embed.err;
  EXPECT_NE(embed.out.find("a red ball"), std::string::npos) << embed.out;
  const Finished search = run_command({folder + "/2_search", model, data, "a red ball"});
  EXPECT_EQ(search.exit_code, 0) << search.err;
  EXPECT_NE(search.out.find(".bmp"), std::string::npos) << search.out;
  const Finished evaluate = run_command({folder + "/3_evaluate", model, data});
  EXPECT_EQ(evaluate.exit_code, 0) << evaluate.err;
  EXPECT_NE(evaluate.out.find("R@5"), std::string::npos) << evaluate.out;
  for (const char* name : {"/1_embed", "/2_search", "/3_evaluate"}) {
    EXPECT_EQ(run_command({folder + name}).exit_code, 2) << name;
    const Finished failed = run_command({folder + name, scratch() / "not-there", data, "x"});
    EXPECT_EQ(failed.exit_code, 1) << name;
    EXPECT_NE(failed.err.find("not-there"), std::string::npos) << failed.err;
  }
}

}  // namespace
}  // namespace sightline::testing
