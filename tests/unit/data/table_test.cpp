#include <gtest/gtest.h>

#include "rows.h"
#include "temporary_folder.h"

namespace sightline {
namespace {

using sightline::testing::error_of;
using sightline::testing::ids;
using sightline::testing::read_all;
using sightline::testing::TemporaryFolder;
using sightline::testing::text;

using Texts = std::vector<std::string>;

class Table : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.write("a.jpg", "A");
    folder_.write("b.jpg", "B");
  }
  std::vector<Row> rows(const std::string& name, const std::string& content,
                        const DatasetOptions& options = {}) {
    return read_all(folder_.write(name, content), options);
  }
  TemporaryFolder folder_;
};

TEST_F(Table, LinesOfOneImageAreOneRow) {
  const auto found =
      rows("t.csv",
           "\xEF\xBB\xBFimage,caption,n\r\na.jpg,\"one, \"\"1\"\"\",7\r\nb.jpg,two,8\r\n"
           "a.jpg,\"three\nlines\",9\r\n");
  ASSERT_EQ(ids(found), (Texts{"a.jpg", "b.jpg"}));
  EXPECT_EQ(found[0].captions, (Texts{"one, \"1\"", "three\nlines"}));
  EXPECT_EQ(found[0].extra, (std::map<std::string, std::string>{{"n", "7"}}));
  EXPECT_EQ(text(found[1].image), "B");
}

TEST_F(Table, ReadsOpenClipsColumns) {
  const auto found = rows("t.tsv", "filepath\ttitle\na.jpg\tone, two\nb.jpg\tthree\n");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].captions, (Texts{"one, two"}));
}

TEST_F(Table, ReadsNumberedColumnsInNumericOrder) {
  const auto found = rows("t.csv",
                          "caption_10,filename,caption_2,caption_1,split\nten,a.jpg,two,one,test\n"
                          "ten,b.jpg,,one,train\n");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].captions, (Texts{"one", "two", "ten"}));
  EXPECT_EQ(found[1].captions, (Texts{"one", "ten"})) << "an empty cell means no caption";
  EXPECT_EQ(found[1].extra.at("split"), "train");
}

TEST_F(Table, ReadsListsInCells) {
  const auto found =
      rows("t.csv", "raw,filename\n\"[\"\"one\"\", \"\"two\"\"]\",a.jpg\n[not a list],b.jpg\n");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].captions, (Texts{"one", "two"}));
  EXPECT_EQ(found[1].captions, (Texts{"[not a list]"}));
}

TEST_F(Table, ReadsJsonListsAndJsonLines) {
  const std::string one = R"({"image": "a.jpg", "caption": ["x", "y"], "image_id": 5})";
  const std::string two = R"({"image": "b.jpg", "caption": "z"})";
  for (const auto& found : {rows("t.json", "[" + one + "," + two + ", 3]"),
                            rows("t.jsonl", one + "\n" + two + "\n3\n")}) {
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[0].captions, (Texts{"x", "y"}));
    EXPECT_EQ(found[0].extra.at("image_id"), "5");
    EXPECT_EQ(found[1].captions, (Texts{"z"}));
    EXPECT_TRUE(found[2].error);
  }
}

TEST_F(Table, ColumnsCanBeRequested) {
  DatasetOptions options;
  options.image_column = "where";
  options.text_columns = {"alt"};
  EXPECT_EQ(rows("t.csv", "where,title,alt\na.jpg,x,y\n", options).at(0).captions, (Texts{"y"}));
  options.text_columns = {"gone"};
  EXPECT_EQ(error_of([&] { rows("t.csv", "where,title\na.jpg,x\n", options); })->code(),
            ErrorCode::not_found);
  const auto error = error_of([&] { rows("t.csv", "x,y\na.jpg,x\n"); });
  EXPECT_EQ(error->code(), ErrorCode::invalid_data);
  EXPECT_NE(std::string(error->what()).find("found: x, y"), std::string::npos);
}

TEST_F(Table, AbsoluteNamesMustBeBelowTheImagesRoot) {
  const TemporaryFolder elsewhere;
  const auto secret = elsewhere.write("secret.jpg", "S").string();
  const auto inside = (folder_.path() / "a.jpg").string();
  const std::string content = "image,caption\n" + inside + ",x\n" + secret + ",y\n../b.jpg,z\n";
  const auto found = rows("t.csv", content);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(text(found[0].image), "A");
  EXPECT_NE(found[1].error->find("absolute path outside"), std::string::npos);
  EXPECT_TRUE(found[2].error);
  DatasetOptions options;
  options.image_root = "/";
  EXPECT_EQ(text(rows("t.csv", content, options)[1].image), "S");
}

TEST_F(Table, AbsoluteNamesFitAnImagesRootThatIsNotNormalized) {
  const std::string inside = (folder_.path() / "a.jpg").string();
  DatasetOptions options;
  options.image_root = folder_.path() / "." / "x" / "..";
  folder_.write("x/c.jpg", "C");
  const auto found = rows("t.csv", "image,caption\n" + inside + ",x\n", options);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_FALSE(found[0].error) << *found[0].error;
  EXPECT_EQ(text(found[0].image), "A");
}

TEST_F(Table, WebAddressesAmongFilesAreBrokenRows) {
  const auto found = rows("t.csv", "image,caption\na.jpg,x\nhttps://example.org/b.jpg,y\n");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(text(found[0].image), "A");
  ASSERT_TRUE(found[1].error);
  EXPECT_NE(found[1].error->find("is a web address"), std::string::npos);
}

TEST_F(Table, RejectsInvalidFiles) {
  for (const auto& [name, content] : std::vector<std::pair<std::string, std::string>>{
           {"e.csv", ""},
           {"e.tsv", "\n\n\n"},
           {"e.json", ""},
           {"e.json", "[]"},
           {"e.json", "{}"},
           {"e.json", "[1, 2"},
           {"e.json", "3"},
           {"e.json", "{\"images\": 3}"},
           {"e.json", std::string(1'000'000, '[')},
           {"e.jsonl", ""},
           {"e.csv", "image,image\n"},
           {"e.json", "[{\"image\": 1e999999}]"},
           {"e.json", "[{\"image\": \"\xFF\"}]"},
           {"e.json", "{\"images\": [], \"annotations\": []}"},
           {"e.txt", "one\ntwo\n"}}) {
    const auto error = error_of([&, name = name, content = content] { rows(name, content); });
    ASSERT_TRUE(error) << name << " " << content.substr(0, 40);
    EXPECT_EQ(error->code(), ErrorCode::invalid_data) << error->what();
  }
  const auto found =
      rows("t.csv", std::string("image,caption\na.jpg,o\0ne\n,x\nb.jpg\n\"b.jpg,y\n", 41));
  ASSERT_EQ(found.size(), 5u);
  EXPECT_TRUE(!found[0].error && found[0].captions.empty());
  EXPECT_EQ(found[1].id + " " + *found[1].error, "t.csv:2 a caption is not text: byte 2 is zero");
  EXPECT_TRUE(found[2].error && !found[3].error && found[4].error);
}

TEST_F(Table, FormatAndMaxCaptionsOptions) {
  DatasetOptions options;
  options.max_captions = 2;
  EXPECT_EQ(rows("t.csv", "image,caption\na.jpg,1\na.jpg,2\na.jpg,3\n", options).at(0).captions,
            (Texts{"1", "2"}));
  options.format = "folder";
  EXPECT_EQ(ids(read_all(folder_.path(), options)), (Texts{"a.jpg", "b.jpg"}));
  options.format = "nonsense";
  EXPECT_EQ(error_of([&] { open_dataset(folder_.path(), options); })->code(),
            ErrorCode::invalid_argument);
  options.format = "coco";
  EXPECT_EQ(error_of([&] { open_dataset(folder_.path(), options); })->code(),
            ErrorCode::invalid_data);
}

TEST_F(Table, FolderWithTwoDataSetsIsAmbiguous) {
  folder_.write("captions.csv", "image,caption\na.jpg,x\n");
  folder_.write("dataset.json", R"({"images": [{"filename": "a.jpg", "sentences": []}]})");
  const auto error = error_of([&] { open_dataset(folder_.path()); });
  EXPECT_EQ(error->code(), ErrorCode::invalid_argument);
  EXPECT_NE(std::string(error->what()).find("captions.csv, dataset.json"), std::string::npos);
  DatasetOptions options;
  options.format = "karpathy";
  EXPECT_EQ(read_all(folder_.path(), options).size(), 1u);
}

}  // namespace
}  // namespace sightline
