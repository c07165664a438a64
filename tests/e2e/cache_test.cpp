// The embedding cache: a second run encodes nothing, and a changed image is detected.
#include <gtest/gtest.h>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr int kRows = kTrainRows + kTestRows;

class Cache : public ::testing::Test {
 protected:
  void SetUp() override {
    SIGHTLINE_NEEDS_TRAINING();
    data_ = write_small_dataset("cache-data");
    cache_ = fresh_folder("embeddings");
  }

  json evaluate(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {
        "eval",       "--dataset",    data_,   "--model",
        tiny_model(), "--no-figures", "--out", scratch() / "cache-report",
        "--json"};
    if (more.empty()) arguments.insert(arguments.end(), {"--cache", cache_});
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished done = sightline(arguments);
    EXPECT_EQ(done.exit_code, 0) << done.err;
    return parse_json(done.out);
  }
  static void expect_counts(const json& result, int images, int texts) {
    const json& counts = result["models"][0]["encoding"];
    EXPECT_EQ(counts["encoded_images"], images) << counts;
    EXPECT_EQ(counts["cached_images"], kRows - images) << counts;
    EXPECT_EQ(counts["encoded_texts"], texts) << counts;
  }

  fs::path data_, cache_;
};

TEST_F(Cache, SecondRunEncodesNothingAndFindsTheSame) {
  const json first = evaluate(), second = evaluate();
  expect_counts(first, kRows, kRows);
  expect_counts(second, 0, 0);
  EXPECT_EQ(first["models"][0]["metrics"], second["models"][0]["metrics"]);
  expect_counts(evaluate({"--no-cache"}), kRows, kRows);
}

TEST_F(Cache, OneChangedImageIsEncodedAgain) {
  evaluate();
  write_bytes(data_ / "image-107.bmp", bmp_image(999));
  const json changed = evaluate();
  expect_counts(changed, 1, 0);
  EXPECT_EQ(changed["models"][0]["metrics"], evaluate({"--no-cache"})["models"][0]["metrics"]);
}

TEST_F(Cache, BrokenCacheFilesCostOnlyTime) {
  const json first = evaluate();
  int broken = 0;
  for (const auto& entry : fs::recursive_directory_iterator(cache_)) {
    if (!entry.is_regular_file()) continue;
    fs::resize_file(entry.path(), entry.file_size() / 2);
    ++broken;
  }
  ASSERT_GT(broken, 0);
  EXPECT_EQ(evaluate()["models"][0]["metrics"], first["models"][0]["metrics"]);
}

}  // namespace
}  // namespace sightline::testing
