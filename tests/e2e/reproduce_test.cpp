// `sightline reproduce` with substitutes: 833 generated rows, and a shipped model for each system.
#include <gtest/gtest.h>

#include <filesystem>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

// A Parquet file with this number of rows and the columns image and text.
fs::path write_rows(const std::string& name, int rows) {
  const fs::path folder = fresh_folder(name);
  std::string metadata;
  for (int i = 0; i < rows; ++i) {
    const std::string file = std::to_string(1000 + i) + ".bmp";
    write_bytes(folder / file, bmp_image(static_cast<uint32_t>(i + 1)));
    metadata +=
        nlohmann::json{{"file_name", file}, {"text", "drawing " + std::to_string(i)}}.dump() + "\n";
  }
  write_bytes(folder / "metadata.jsonl", metadata);
  const fs::path parquet = scratch() / (name + ".parquet");
  const Finished converted = sightline({"dataset", "convert", folder, parquet, "--to", "parquet"});
  EXPECT_EQ(converted.exit_code, 0) << converted.err;
  return parquet;
}

class Reproduce : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!SIGHTLINE_HAS_PARQUET) GTEST_SKIP() << "this build has no Arrow, so no Parquet";
    // Uses neither the user's cache nor the network.
    ::setenv("HF_HUB_CACHE", (scratch() / "empty-hub").c_str(), 1);
    ::setenv("HF_HUB_OFFLINE", "1", 1);
  }
  void TearDown() override {
    ::unsetenv("HF_HUB_CACHE");
    ::unsetenv("HF_HUB_OFFLINE");
  }
  static const fs::path& published_shape() {
    static const fs::path file = write_rows("rows-833", 833);
    return file;
  }
  static std::string model(const std::string& name) {
    return name + "=" SIGHTLINE_SOURCE_DIR "/models/emoji-vit-8";
  }
};

TEST_F(Reproduce, AllFourSystems) {
  const Finished done = sightline({"reproduce", "--dataset", published_shape(), "--model",
                                   model("baseline"), "--model", model("RN50"), "--model",
                                   model("ViT-B/32"), "--model", model("ViT-B/16"), "--json",
                                   "--no-cache", "--bootstrap", "200", "--permutations", "0"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const auto json = parse_json(done.out);
  EXPECT_EQ(json["dataset"]["rows"], 833);
  EXPECT_EQ(json["dataset"]["published_file"], false);
  EXPECT_EQ(json["top_k"], 5);
  ASSERT_EQ(json["systems"].size(), 4u);
  const int64_t published[] = {6, 339, 376, 400};
  for (size_t i = 0; i < 4; ++i) {
    const auto& system = json["systems"][i];
    EXPECT_EQ(system["published_score"], published[i]);
    EXPECT_EQ(system["difference"], system["score"].get<int64_t>() - published[i]);
    EXPECT_EQ(system["score"], json["systems"][0]["score"]);  // the same model for every system
    EXPECT_LE(system["interval"][0].get<double>(), system["score"].get<double>());
    EXPECT_GE(system["interval"][1].get<double>(), system["score"].get<double>());
  }
}

TEST_F(Reproduce, NamesWhatIsMissingAndRunsTheRest) {
  const Finished done = sightline({"reproduce", "--dataset", published_shape(), "--model",
                                   model("ViT-B/16"), "--no-cache", "--bootstrap", "50"});
  EXPECT_EQ(done.exit_code, 3);
  EXPECT_NE(done.err.find("RN50 was not found: pull it with 'sightline pull RN50'"),
            std::string::npos)
      << done.err;
  EXPECT_NE(done.err.find("baseline was not found"), std::string::npos);
  EXPECT_EQ(done.err.find("ViT-B/16 was not found"), std::string::npos);
  EXPECT_NE(done.out.find("not found"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("400"), std::string::npos);
}

TEST_F(Reproduce, WithoutAnything) {
  const Finished done = sightline({"reproduce"});
  EXPECT_EQ(done.exit_code, 1);
  EXPECT_EQ(done.out, "");
  EXPECT_NE(done.err.find("the data set was not found"), std::string::npos) << done.err;
  EXPECT_NE(done.err.find("sightline pull --dataset reach-vb/pokemon-blip-captions"),
            std::string::npos);
  EXPECT_NE(done.err.find("ViT-B/32 was not found"), std::string::npos);
}

TEST_F(Reproduce, RejectsAnotherDataset) {
  const Finished rows =
      sightline({"reproduce", "--dataset", write_rows("rows-12", 12), "--model", model("RN50")});
  EXPECT_EQ(rows.exit_code, 1);
  EXPECT_NE(rows.err.find("expected 833 rows, found 12"), std::string::npos) << rows.err;
  const Finished kind =
      sightline({"reproduce", "--dataset", small_dataset(), "--model", model("RN50")});
  EXPECT_EQ(kind.exit_code, 1);
  EXPECT_NE(kind.err.find("expected parquet, found imagefolder"), std::string::npos) << kind.err;
}

TEST_F(Reproduce, RejectsAModelOutsideTheExperiment) {
  const Finished done = sightline({"reproduce", "--model", "ViT-L/14=x"});
  EXPECT_EQ(done.exit_code, 2);
  EXPECT_NE(done.err.find("found 'ViT-L/14=x'"), std::string::npos) << done.err;
}

}  // namespace
}  // namespace sightline::testing
