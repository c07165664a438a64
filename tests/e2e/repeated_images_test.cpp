// Rows that repeat an image: eval, search and encode agree that they are one image with several
// captions, in every format.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fixture.h"
#include "process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

const std::string kModel = std::string(SIGHTLINE_SOURCE_DIR) + "/models/emoji-vit-8";
constexpr int kImages = 3, kCaptions = 4;

// Four rows for each of three images, one caption per row, the images in turn.
fs::path write_rows(const fs::path& folder, const std::string& file, const std::string& header) {
  std::string rows = header;
  for (int c = 0; c < kCaptions; ++c) {
    for (int i = 0; i < kImages; ++i) {
      const std::string name = "image-" + std::to_string(i) + ".bmp";
      if (c == 0) write_bytes(folder / name, bmp_image(static_cast<uint32_t>(i)));
      rows += name + ",caption " + std::to_string(c) + " of " + std::to_string(i) + "\n";
    }
  }
  write_bytes(folder / file, rows);
  return folder / file;
}

nlohmann::json evaluated(const fs::path& dataset, const std::vector<std::string>& more = {}) {
  std::vector<std::string> command = {"eval",
                                      "--dataset",
                                      dataset,
                                      "--model",
                                      kModel,
                                      "--out",
                                      fresh_folder("repeated-report"),
                                      "--json",
                                      "--no-cache",
                                      "--no-figures"};
  command.insert(command.end(), more.begin(), more.end());
  const Finished done = sightline(command);
  EXPECT_EQ(done.exit_code, 0) << done.err;
  return parse_json(done.out);
}

TEST(RepeatedImages, MetadataAndTablesGiveTheSameRanks) {
  const fs::path folder = fresh_folder("repeated");
  write_rows(folder, "captions.csv", "file_name,text\n");
  write_rows(folder, "metadata.csv", "file_name,text\n");
  const auto table = evaluated(folder / "captions.csv");
  const auto metadata = evaluated(folder / "metadata.csv");
  for (const auto& result : {table, metadata}) {
    EXPECT_EQ(result["dataset"]["images"], kImages);
    EXPECT_EQ(result["dataset"]["texts"], kImages * kCaptions);
    EXPECT_EQ(result["models"][0]["metrics"]["text_to_image"]["candidates"], kImages);
  }
  EXPECT_EQ(metadata["dataset"]["repeated_rows"], kImages * (kCaptions - 1));
  EXPECT_EQ(metadata["models"][0]["metrics"], table["models"][0]["metrics"]);
  EXPECT_EQ(evaluated(folder / "metadata.csv", {"--keep-repeats"})["dataset"]["images"],
            kImages * kCaptions);
}

TEST(RepeatedImages, ParquetHasOneImageForEqualBytes) {
  if (!SIGHTLINE_HAS_PARQUET)
    GTEST_SKIP() << "this build has no libsightline_parquet.so (Arrow not found)";
  const fs::path file = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/parquet/repeated.parquet";
  const auto result = evaluated(file);
  EXPECT_EQ(result["dataset"]["images"], 4);
  EXPECT_EQ(result["dataset"]["texts"], 20);
}

TEST(RepeatedImages, SearchAndEncodeHaveOneItemWithAllCaptions) {
  const fs::path folder = fresh_folder("repeated-encode");
  const fs::path metadata = write_rows(folder, "metadata.csv", "file_name,text\n");
  const fs::path npy = folder / "v.npy";
  const Finished encode = sightline(
      {"encode", "--dataset", metadata, "--model", kModel, "--out", npy, "--no-cache", "--json"});
  ASSERT_EQ(encode.exit_code, 0) << encode.err;
  const auto summary = parse_json(encode.out);
  EXPECT_EQ(summary["rows"], kImages);
  EXPECT_EQ(summary["repeated"], kImages * (kCaptions - 1));
  const std::vector<std::string> sources[] = {{"--vectors", npy},
                                              {"--dataset", metadata, "--no-cache"}};
  for (const auto& source : sources) {
    std::vector<std::string> command = {"search", "--model", kModel, "--json", "a red heart"};
    command.insert(command.end(), source.begin(), source.end());
    const Finished search = sightline(command);
    ASSERT_EQ(search.exit_code, 0) << search.err;
    const auto hits = parse_json(search.out)["queries"][0]["hits"];
    ASSERT_EQ(hits.size(), static_cast<size_t>(kImages)) << search.out;
    for (const auto& hit : hits) EXPECT_EQ(hit["captions"].size(), static_cast<size_t>(kCaptions));
  }
}

TEST(RepeatedImages, TheCountsArePrinted) {
  const fs::path folder = fresh_folder("repeated-counts");
  write_rows(folder, "metadata.csv", "file_name,text\n");
  write_bytes(folder / "last.bmp", bmp_image(9));
  write_bytes(folder / "metadata.csv", read_bytes(folder / "metadata.csv") + "last.bmp,\n");
  const Finished done = sightline({"eval", "--dataset", folder, "--model", kModel, "--no-cache",
                                   "--no-figures", "--out", fresh_folder("repeated-counts-out")});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_NE(done.out.find("4 images with 12 captions; 1 image without a caption; 9 rows repeat an "
                          "image, whose captions belong to its first row\n"),
            std::string::npos)
      << done.out;
  EXPECT_NE(done.out.find("text → image: 12 queries among 4; "), std::string::npos) << done.out;
}

}  // namespace
}  // namespace sightline::testing
