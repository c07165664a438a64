// The shipped models, and the programs of examples/.
#include <gtest/gtest.h>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

fs::path shipped(const std::string& name) {
  return fs::path(SIGHTLINE_SOURCE_DIR) / "models" / name;
}

// Whether the text model of emoji-words, which is not part of the repository, was fetched.
bool has_text_model() {
  return fs::exists(fs::path(SIGHTLINE_SOURCE_DIR) / "build/deps/all-MiniLM-L6-v2/config.json");
}

// The weights file of a model folder; empty for the baseline, which has none.
fs::path weights_of(const fs::path& folder) {
  for (const char* file :
       {"model.safetensors", "open_clip_model.safetensors", "image/model.safetensors"}) {
    if (fs::exists(folder / file)) return folder / file;
  }
  return {};
}

// A system of the demo, and R@5 of the 600 test rows among 833 images according to its model card.
struct System {
  const char* name;
  double recall_at_5;
};
constexpr System kSystems[] = {
    {"emoji-baseline", 0.0},  // chance: 0.006
    {"emoji-rn", 0.628},     {"emoji-vit-16", 0.633},
    {"emoji-vit-8", 0.652},  {"emoji-words", 0.953},
};
// Tolerance: another font or processor may change the rank of a few of the 600 rows.
constexpr double kTolerance = 0.012;

TEST(ShippedModels, AreComplete) {
  int count = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(SIGHTLINE_SOURCE_DIR) / "models")) {
    const Finished done = sightline({"models", entry.path(), "--json"});
    if (entry.path().filename() == "emoji-words" && !has_text_model()) {
      EXPECT_EQ(done.exit_code, 3) << done.out;
      EXPECT_NE(done.err.find("run 'tools/fetch_sentence_model.sh'"), std::string::npos)
          << done.err;
    } else {
      EXPECT_EQ(done.exit_code, 0) << entry.path() << done.err;
    }
    EXPECT_TRUE(fs::exists(entry.path() / "README.md")) << entry.path();
    const fs::path weights = weights_of(entry.path());
    if (!weights.empty()) {
      EXPECT_LE(fs::file_size(weights), 10'000'000u) << weights;
      // Its recipe is in recipes/ too, byte for byte.
      const fs::path recipe =
          fs::path(SIGHTLINE_SOURCE_DIR) / "recipes" / (entry.path().filename().string() + ".json");
      EXPECT_FALSE(read_bytes(recipe).empty()) << recipe;
      EXPECT_EQ(read_bytes(entry.path() / "recipe.json"), read_bytes(recipe)) << recipe;
    }
    ++count;
  }
  EXPECT_GE(count, 7);
}

TEST(ShippedModels, FindHeldOutEmojiAsTheirCardsSay) {
  const fs::path data = scratch() / "emoji";
  const Finished made = sightline({"dataset", "emoji", data, "--json"});
  if (made.exit_code != 0) GTEST_SKIP() << "the sample data cannot be generated here: " << made.err;
  std::vector<std::string> command = {"eval",       "--dataset",     data,
                                      "--split",    "test,novel",    "--no-figures",
                                      "--no-cache", "--out",         scratch() / "emoji-report",
                                      "--json",     "--keep-repeats"};
  size_t systems = std::size(kSystems);
  if (!has_text_model()) {
    --systems;
    std::puts("emoji-words is left out: run tools/fetch_sentence_model.sh");
  }
  for (size_t i = 0; i < systems; ++i)
    command.insert(command.end(), {"--model", shipped(kSystems[i].name)});
  const Finished done = sightline(command);
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const auto report = parse_json(done.out);
  ASSERT_EQ(report["models"].size(), systems);
  for (size_t i = 0; i < systems; ++i) {
    const auto& test = report["models"][i]["metrics_by_split"]["test"]["text_to_image"];
    EXPECT_EQ(test["queries"], 600);
    EXPECT_EQ(test["candidates"], 833);
    const double found = test["recall_at_5"];
    EXPECT_NEAR(found, kSystems[i].recall_at_5, kTolerance) << kSystems[i].name;
  }
}

TEST(Examples, EmbedSearchEvaluate) {
  SIGHTLINE_NEEDS_TRAINING();
  const std::string folder = SIGHTLINE_EXAMPLES, model = tiny_model(), data = small_dataset();
  const std::string image = data + "/image-100.bmp", npy = fresh_folder("examples") / "v.npy";
  const Finished embed =
      run_command({folder + "/1_embed", model, npy, image, data + "/image-101.bmp"});
  EXPECT_EQ(embed.exit_code, 0) << embed.err;
  EXPECT_EQ(embed.out, "2 vectors\n");
  const Finished search = run_command({folder + "/2_search", model, npy, "a red ball", image});
  EXPECT_EQ(search.exit_code, 0) << search.err;
  EXPECT_NE(search.out.find("a red ball\n"), std::string::npos) << search.out;
  // The image finds itself.
  EXPECT_NE(search.out.find(image + "\n 1.0000  " + image), std::string::npos) << search.out;
  const Finished evaluate = run_command({folder + "/3_evaluate", model, data});
  EXPECT_EQ(evaluate.exit_code, 0) << evaluate.err;
  EXPECT_NE(evaluate.out.find("R@5"), std::string::npos) << evaluate.out;
  const std::string missing = scratch() / "not-there";
  const std::vector<std::vector<std::string>> calls = {{"/1_embed", missing, npy, image},
                                                       {"/2_search", missing, npy, "x", image},
                                                       {"/3_evaluate", missing, data}};
  for (std::vector<std::string> call : calls) {
    call[0] = folder + call[0];
    EXPECT_EQ(run_command({call[0]}).exit_code, 2) << call[0];
    const Finished failed = run_command(call);
    EXPECT_EQ(failed.exit_code, 1) << call[0];
    EXPECT_NE(failed.err.find("not-there"), std::string::npos) << failed.err;
  }
}

}  // namespace
}  // namespace sightline::testing
