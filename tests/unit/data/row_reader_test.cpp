// Rows of files and folders, of splits, and rows that were peeked at.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/rows.h>

#include <filesystem>
#include <fstream>

namespace sightline {
namespace {

namespace fs = std::filesystem;

class Rows : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / "row-reader";
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "empty");
    for (const char* name : {"b.png", "a.png", "c.png"}) write(name, name);
    write("metadata.jsonl", R"({"file_name": "a.png", "text": "A", "split": "test"})"
                            "\n"
                            R"({"file_name": "b.png", "text": "B", "split": "train"})"
                            "\n"
                            R"({"file_name": "c.png", "text": "C", "split": "test"})"
                            "\n");
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }

  static std::vector<std::string> ids(RowReader& rows) {
    std::vector<std::string> ids;
    while (auto row = rows.next())
      ids.push_back(fs::path(row->id).filename().string() + (row->error ? "!" : "") +
                    (row->split.empty() ? "" : " " + row->split));
    return ids;
  }

  fs::path folder_;
};

using Ids = std::vector<std::string>;

TEST_F(Rows, FilesAndFoldersInOrder) {
  const std::vector<fs::path> paths = {folder_ / "c.png", folder_, folder_ / "empty"};
  RowReader rows = RowReader::of_files(paths);
  EXPECT_EQ(rows.size(), 4);
  EXPECT_EQ(rows.format(), "files");
  EXPECT_EQ(rows.files().front(), paths[0]);
  ASSERT_EQ(rows.warnings().size(), 1u);
  EXPECT_NE(rows.warnings()[0].find("empty"), std::string::npos);
  fs::remove(folder_ / "b.png");  // read when its turn comes
  EXPECT_EQ(ids(rows), (Ids{"c.png", "a.png", "b.png!", "c.png"}));
  const std::vector<fs::path> missing = {folder_ / "no"};
  EXPECT_THROW(RowReader::of_files(missing), Error);
}

TEST_F(Rows, AFolderOfFilesHasTheIdsOfTheSameDataSet) {
  fs::create_directories(folder_ / "photos" / "sub");
  write("photos/P0001.jpg", "1");
  write("photos/sub/P0002.jpg", "2");
  const std::vector<fs::path> one = {folder_ / "photos"};
  RowReader files = RowReader::of_files(one);
  RowReader dataset(DatasetInput{one[0], {}, {}});
  for (const char* id : {"P0001.jpg", "sub/P0002.jpg"}) {
    EXPECT_EQ(files.next()->id, id);
    EXPECT_EQ(dataset.next()->id, id);
  }
  // Of several, the ids are the paths as given: names may repeat.
  const std::vector<fs::path> two = {folder_ / "photos", folder_ / "c.png"};
  RowReader several = RowReader::of_files(two);
  EXPECT_EQ(several.next()->id, (folder_ / "photos/P0001.jpg").string());
}

TEST_F(Rows, SplitsOneAfterTheOther) {
  RowReader all(DatasetInput{folder_, {}, {}});
  EXPECT_EQ(all.size(), 3);
  EXPECT_EQ(ids(all), (Ids{"a.png test", "b.png train", "c.png test"}));
  RowReader two(DatasetInput{folder_, {}, {"train", "test"}});
  EXPECT_EQ(ids(two), (Ids{"b.png train", "a.png test", "c.png test"}));
  EXPECT_THROW(RowReader(DatasetInput{folder_, {}, {"test", "test"}}), Error);
  EXPECT_THROW(RowReader(DatasetInput{folder_, {}, {"tset"}}), Error);
}

TEST_F(Rows, PeekedRowsAreStillReturned) {
  int made = 0;
  RowReader rows(
      [&]() -> std::optional<Row> {
        if (made == 6) return std::nullopt;
        Row row;
        row.id = std::to_string(made++);
        if (made % 2 == 1) row.error = "broken";
        return row;
      },
      6, "numbers");
  EXPECT_EQ(rows.peek(2, 100).size(), 4u);  // two of them without an error
  EXPECT_EQ(rows.peek(2, 100).size(), 4u);
  EXPECT_EQ(made, 4);
  EXPECT_EQ(rows.peek(3, 5).size(), 5u);  // no more than five
  EXPECT_EQ(rows.next()->id, "0");
  EXPECT_EQ(rows.peek(100, 100).size(), 5u);
  EXPECT_EQ(ids(rows), (Ids{"1", "2!", "3", "4!", "5"}));
  EXPECT_TRUE(rows.peek(1, 1).empty());
}

}  // namespace
}  // namespace sightline
