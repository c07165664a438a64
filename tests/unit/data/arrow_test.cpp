// Arrow files, as save_to_disk of Hugging Face datasets and pyarrow write them. Fixtures:
// tools/golden/parquet_fixtures.py.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "rows.h"
#include "temporary_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using sightline::testing::error_of;
using sightline::testing::ids;
using sightline::testing::read_all;
using sightline::testing::TemporaryFolder;
using sightline::testing::text;

using Texts = std::vector<std::string>;

fs::path fixture(const std::string& name) {
  return fs::path(SIGHTLINE_SOURCE_DIR) / "tests" / "golden" / "arrow" / name;
}

DatasetOptions of_split(const std::string& split) {
  DatasetOptions options;
  options.split = split;
  return options;
}

class Arrow : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_parquet())
      GTEST_SKIP() << "this build has no libsightline_parquet.so (Arrow not found)";
  }
};

TEST(ArrowPlugin, ASavedDataSetIsNeverAFolderOfImages) {
  const auto error = error_of([] { open_dataset(fixture("saved")); });
  EXPECT_EQ(has_parquet(), !error);
  if (error) {
    EXPECT_EQ(error->code(), ErrorCode::unsupported);
  }
}

TEST_F(Arrow, ReadsWhatSaveToDiskWrites) {
  const auto dataset = open_dataset(fixture("saved"));
  EXPECT_EQ(dataset->format(), "arrow");
  EXPECT_EQ(dataset->size(), 5);
  EXPECT_EQ(dataset->columns().image, "image");
  EXPECT_EQ(dataset->columns().text, "text");
  const auto rows = read_all(*dataset);
  ASSERT_EQ(ids(rows), (Texts{"row-0", "row-1", "row-2", "row-3", "row-4"}));
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(rows[i].captions, Texts{"text " + std::to_string(i)});
    EXPECT_EQ(rows[i].extra.at("label"), i % 2 == 0 ? "cat" : "dog");
    EXPECT_EQ(text(rows[i].image).substr(0, 4), "\x89PNG");
  }
  EXPECT_EQ(read_all(fixture("saved/data-00001-of-00002.arrow")).size(), 2u);
}

TEST_F(Arrow, TheFoldersOfADatasetDictAreSplits) {
  EXPECT_EQ(open_dataset(fixture("saved_dict"))->size(), 5);
  EXPECT_EQ(read_all(fixture("saved_dict"), of_split("test")).at(0).captions, Texts{"text 3"});
  EXPECT_EQ(read_all(fixture("saved_dict"), of_split("train")).size(), 3u);
  EXPECT_EQ(error_of([] { open_dataset(fixture("saved_dict"), of_split("dev")); })->code(),
            ErrorCode::not_found);
}

TEST_F(Arrow, ReadsFilesAndCompressedStreams) {
  for (const char* name : {"file.arrow", "compressed.arrow"}) {
    const auto rows = read_all(fixture(name));
    ASSERT_EQ(rows.size(), 4u) << name;
    EXPECT_EQ(rows[0].captions, (Texts{"a", "b"})) << name;
    EXPECT_TRUE(rows[1].captions.empty() && rows[2].captions.empty()) << name;
    EXPECT_EQ(rows[3].captions, Texts{"c"}) << name;
    EXPECT_EQ(ids(read_all(fixture(name), of_split("test"))), (Texts{"row-1", "row-3"})) << name;
  }
}

TEST_F(Arrow, CaptionsThatAreNotTextBreakTheirRow) {
  std::ifstream stream(fixture("saved/data-00000-of-00002.arrow"), std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(stream), {});
  bytes.at(bytes.find("text 0text 1") + 1) = '\0';
  const TemporaryFolder folder;
  const auto rows = read_all(folder.write("x.ARROW", bytes));
  ASSERT_EQ(rows.size(), 3u);
  ASSERT_TRUE(rows[0].error);
  EXPECT_NE(rows[0].error->find("a caption is not text"), std::string::npos);
  EXPECT_EQ(rows[1].captions, Texts{"text 1"});
}

TEST_F(Arrow, StateFilesAreChecked) {
  const TemporaryFolder folder;
  folder.write("set/dataset_info.json", "{}");
  const auto code_with = [&](const std::string& state) {
    folder.write("set/state.json", state);
    return error_of([&] { open_dataset(folder.path() / "set"); })->code();
  };
  EXPECT_EQ(code_with("[]"), ErrorCode::invalid_data);
  EXPECT_EQ(code_with(R"({"_data_files": []})"), ErrorCode::invalid_data);
  EXPECT_EQ(code_with(R"({"_data_files": [{"filename": "../x.arrow"}]})"), ErrorCode::invalid_data);
  EXPECT_EQ(code_with(R"({"_data_files": [{"filename": "x.arrow"}]})"), ErrorCode::not_found);
}

TEST_F(Arrow, DamagedFilesNeverCrash) {
  const TemporaryFolder folder;
  for (const char* name : {"saved/data-00000-of-00002.arrow", "file.arrow", "compressed.arrow"}) {
    std::ifstream stream(fixture(name), std::ios::binary);
    const std::string good{std::istreambuf_iterator<char>(stream), {}};
    int broken = 0;
    const auto read = [&](const std::string& bytes) {
      const auto file = folder.write("x.arrow", bytes);
      const auto error = error_of([&] {
        for (const auto& row : read_all(file)) broken += row.error ? 1 : 0;
      });
      broken += error ? 1 : 0;
    };
    for (size_t size = 0; size < good.size(); size += 89) read(good.substr(0, size));
    EXPECT_GT(broken, 10) << name;
    for (size_t at = 0; at < good.size(); at += 19) {
      std::string damaged = good;
      damaged[at] = static_cast<char>(damaged[at] ^ 0xFF);
      read(damaged);
    }
  }
}

}  // namespace
}  // namespace sightline
