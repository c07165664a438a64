// Columns of class labels in every format that has columns: no captions, and lists as JSON.
#include "data/columns/label_columns.h"

#include <gtest/gtest.h>

#include "rows.h"
#include "tar_writer.h"
#include "temporary_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using sightline::testing::ids;
using sightline::testing::read_all;
using sightline::testing::tar_end;
using sightline::testing::tar_entry;
using sightline::testing::TemporaryFolder;

using Texts = std::vector<std::string>;
using Extra = std::map<std::string, std::string>;

TEST(LabelColumns, HaveUsualNames) {
  EXPECT_TRUE(is_label_column("Labels"));
  EXPECT_TRUE(is_label_column("cls"));
  EXPECT_FALSE(is_label_column("kind"));
}

TEST(LabelColumns, ListsReturnFromTheirText) {
  const Texts list = {"cat", "a \"b\"", "[]", "ö"};
  EXPECT_EQ(parse_label_list(label_list_text(list)), list);
  EXPECT_EQ(parse_label_list("[]"), Texts());
  EXPECT_EQ(parse_label_list("[3, 17]"), (Texts{"3", "17"}));
  for (const std::string text : {"", "cat", "[1.5]", "[null]", "[[1]]", "[cat]", "{}"})
    EXPECT_FALSE(parse_label_list(text)) << text;
}

class Labels : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const std::string name : {"a.jpg", "b.jpg", "c.jpg"}) folder_.write(name, name);
  }
  TemporaryFolder folder_;
};

TEST_F(Labels, OfATableAreCaptionsOnlyIfRequested) {
  const auto file = folder_.write(
      "t.csv", "image,labels\na.jpg,\"[\"\"cat\"\", \"\"dog\"\"]\"\nb.jpg,cat\nc.jpg,\n");
  EXPECT_EQ(read_all(file, {.text_columns = {"labels"}}).at(0).captions, (Texts{"cat", "dog"}));
  const auto rows = read_all(file);
  for (const Row& row : rows) EXPECT_TRUE(row.captions.empty());
  EXPECT_EQ(parse_label_list(rows.at(0).extra.at("labels")), (Texts{"cat", "dog"}));
  EXPECT_EQ(rows.at(1).extra.at("labels"), "cat");
  EXPECT_EQ(rows.at(2).extra.at("labels"), "");
}

// Of a table with captions, the other columns come from the image's first line.
TEST_F(Labels, OfOneImageMustBeInOneLine) {
  const auto two = folder_.write("t.csv", "image,label\na.jpg,cat\na.jpg,cat\na.jpg,dog\n");
  const auto rows = read_all(two);
  ASSERT_EQ(ids(rows), (Texts{"a.jpg", "t.csv:4"}));
  EXPECT_NE(rows[1].error->find("write several labels as a list in one line"), std::string::npos);
  const auto captions =
      folder_.write("c.csv", "image,label,caption\na.jpg,cat,one\na.jpg,dog,two\n");
  EXPECT_EQ(ids(read_all(captions)), Texts{"a.jpg"});
}

TEST_F(Labels, OfJsonAreListsOfTextsOrIntegers) {
  const std::string lines =
      "{\"file_name\": \"a.jpg\", \"labels\": [\"cat\"], \"classes\": [3, 1], \"box\": [0.5], "
      "\"ids\": [1]}\n"
      "{\"file_name\": \"b.jpg\", \"labels\": [], \"box\": [1]}\n"
      "{\"file_name\": \"c.jpg\", \"labels\": null, \"ids\": 7}\n";
  for (const std::string name : {"t.jsonl", "metadata.jsonl"}) {  // json, and imagefolder
    const auto file = folder_.write(name, lines);
    const fs::path path = name == "t.jsonl" ? file : folder_.path();
    EXPECT_EQ(read_all(path, {.text_columns = {"labels"}}).at(0).captions, Texts{"cat"});
    const auto rows = read_all(path);
    ASSERT_EQ(rows.size(), 3u) << name;
    EXPECT_TRUE(rows[0].captions.empty()) << name;
    EXPECT_EQ(rows[0].extra, (Extra{{"classes", "[\"3\",\"1\"]"}, {"labels", "[\"cat\"]"}}))
        << name;
    EXPECT_EQ(rows[1].extra, (Extra{{"labels", "[]"}})) << name;
    EXPECT_EQ(rows[2].extra, (Extra{{"ids", "7"}})) << name;
    fs::remove(file);
  }
}

TEST_F(Labels, OfWebDatasetAreListsOfItsJson) {
  const auto file = folder_.write(
      "s.tar", tar_entry("1.jpg", "one") + tar_entry("1.json", R"({"labels": ["cat", "dog"]})") +
                   tar_entry("2.jpg", "two") + tar_entry("2.json", R"({"labels": "cat"})") +
                   tar_end());
  const auto rows = read_all(file);
  EXPECT_EQ(parse_label_list(rows.at(0).extra.at("labels")), (Texts{"cat", "dog"}));
  EXPECT_EQ(rows.at(1).extra.at("labels"), "cat");
}

TEST_F(Labels, OfParquetAreListsOfTextsIntegersOrClassLabels) {
  if (!has_parquet()) GTEST_SKIP() << "this build has no libsightline_parquet.so (Arrow not found)";
  const fs::path types = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/parquet/types";
  const auto named = read_all(types / "class_label_lists.parquet");
  EXPECT_EQ(parse_label_list(named.at(0).extra.at("labels")), (Texts{"heart", "cat"}));
  EXPECT_EQ(named.at(1).extra.at("labels"), "[]");
  EXPECT_FALSE(named.at(2).extra.contains("labels"));
  const auto lists = read_all(types / "label_lists.parquet");
  EXPECT_TRUE(lists.at(0).captions.empty());
  EXPECT_EQ(parse_label_list(lists.at(0).extra.at("labels")), (Texts{"cat", "dog"}));
  EXPECT_EQ(parse_label_list(lists.at(1).extra.at("labels")), Texts{"a \"b\""});
  EXPECT_EQ(parse_label_list(lists.at(2).extra.at("classes")), (Texts{"1", "2"}));
}

}  // namespace
}  // namespace sightline
