// Several data sets in one search.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fixture.h"
#include "process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

const std::string kModel = std::string(SIGHTLINE_SOURCE_DIR) + "/models/emoji-vit-8";

// Images without captions and splits; the first one is also in the small data set.
const fs::path& plain_folder() {
  static const fs::path folder = [] {
    const fs::path made = fresh_folder("plain-images");
    for (uint32_t i = 0; i < 3; ++i)
      write_bytes(made / ("plain-" + std::to_string(i) + ".bmp"), bmp_image(i == 0 ? 1 : 100 + i));
    return made;
  }();
  return folder;
}

Finished search(const std::vector<std::string>& more) {
  std::vector<std::string> command = {"search", "--model", kModel, "--no-cache"};
  command.insert(command.end(), more.begin(), more.end());
  return sightline(command);
}

TEST(SeveralDataSets, AreSearchedTogether) {
  const fs::path image = plain_folder() / "plain-0.bmp";
  const std::vector<std::string> query = {"--dataset", small_dataset(), "--dataset", plain_folder(),
                                          "--image",   image,           "--top-k",   "51"};
  std::vector<std::string> with_json = query;
  with_json.emplace_back("--json");
  const Finished json = search(with_json);
  ASSERT_EQ(json.exit_code, 0) << json.err;
  const auto result = parse_json(json.out);
  EXPECT_EQ(result["collection"]["rows"], kTrainRows + kTestRows + 3);
  EXPECT_EQ(result["collection"]["data_sets"].size(), 2u);
  const auto hits = result["queries"][0]["hits"];
  ASSERT_EQ(hits.size(), 51u);
  // The image of both data sets is found in both.
  EXPECT_EQ(hits[0]["dataset"], "small-dataset");
  EXPECT_EQ(hits[0]["fields"]["split"], "train");
  EXPECT_EQ(hits[1]["dataset"], "plain-images");
  EXPECT_EQ(hits[1]["id"], "plain-0.bmp");
  EXPECT_EQ(hits[1]["similarity"], hits[0]["similarity"]);

  std::vector<std::string> with_grid = query;
  const fs::path grid = fresh_folder("several-grid") / "grid.png";
  with_grid.insert(with_grid.end(), {"--grid", grid});
  const Finished table = search(with_grid);
  ASSERT_EQ(table.exit_code, 0) << table.err;
  EXPECT_TRUE(has(table.out, "data set"));
  EXPECT_TRUE(has(table.out, "small-dataset  train  ")) << table.out;
  EXPECT_TRUE(has(table.out, "plain-images          plain-0.bmp")) << table.out;
  EXPECT_TRUE(fs::exists(grid));
}

TEST(SeveralDataSets, OneDataSetIsNotNamedInItsHits) {
  const Finished json = search({"--dataset", small_dataset(), "--split", "test", "--json", "red"});
  ASSERT_EQ(json.exit_code, 0) << json.err;
  const auto result = parse_json(json.out);
  EXPECT_FALSE(result["collection"].contains("data_sets"));
  EXPECT_FALSE(result["queries"][0]["hits"][0].contains("dataset"));
  EXPECT_EQ(result["collection"]["path"], small_dataset().string());
  const Finished table = search({"--dataset", small_dataset(), "--split", "test", "red"});
  EXPECT_FALSE(has(table.out, "data set"));
}

TEST(SeveralDataSets, SkippedImagesHaveTheNameOfTheirDataSet) {
  const fs::path broken = fresh_folder("broken-images");
  write_bytes(broken / "broken.png", "no image");
  const Finished done =
      search({"--dataset", plain_folder(), "--dataset", broken, "--json", "a red heart"});
  EXPECT_EQ(done.exit_code, 3) << done.err;
  EXPECT_TRUE(has(done.err, "skipped broken-images: broken.png: ")) << done.err;
  const auto skipped = parse_json(done.out)["encoding"]["skipped"];
  ASSERT_EQ(skipped.size(), 1u);
  EXPECT_EQ(skipped[0]["dataset"], "broken-images");
}

TEST(SeveralDataSets, WrongUsesOfSearchAreErrors) {
  struct Case {
    std::vector<std::string> arguments;
    int exit_code;
    std::string expected;
  };
  const std::string small = small_dataset(), plain = plain_folder();
  const Case cases[] = {
      {{"--dataset", small, "--dataset", small + "/.", "red"}, 2, "is given twice"},
      {{"--dataset", small, "--dataset", plain, "--split", "test", "red"},
       1,
       "'" + plain + "' has no rows of the split 'test'"},
      {{"--dataset", small, "--dataset", small + "-missing", "red"}, 1, "small-dataset-missing'"},
      {{"--dataset", small, "--dataset", "", "red"}, 2, "requires either --dataset or --vectors"},
      {{"--dataset", small, "--dataset", plain, "--grid", plain + "/grid.png", "red"},
       2,
       "is in the input folder '" + plain + "'"},
      {{"--dataset", fresh_folder("empty-a"), "--dataset", fresh_folder("empty-b"), "red"},
       1,
       "there is no image in '"},
  };
  for (const Case& wrong : cases) {
    const Finished done = search(wrong.arguments);
    EXPECT_EQ(done.exit_code, wrong.exit_code) << wrong.expected << "\n" << done.err;
    EXPECT_TRUE(has(done.err, wrong.expected)) << wrong.expected << "\n" << done.err;
  }
}

}  // namespace
}  // namespace sightline::testing
