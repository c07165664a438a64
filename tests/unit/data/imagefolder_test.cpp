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

TEST(ImageFolder, ReadsStringAndListCaptionsAndExtraColumns) {
  const TemporaryFolder folder;
  folder.write("images/a.png", "A");
  folder.write("images/b.png", "B");
  folder.write("metadata.jsonl",
               "{\"file_name\":\"images/a.png\",\"text\":\"first\",\"n\":7}\n"
               "{\"file_name\":\"images/b.png\",\"text\":[\"x\",\"y\"],\"n\":null}\n");
  const auto dataset = open_dataset(folder.path());
  EXPECT_EQ(dataset->format(), "imagefolder");
  EXPECT_EQ(dataset->size(), 2);
  EXPECT_EQ(dataset->columns().image, "file_name");
  EXPECT_EQ(dataset->columns().text, "text");
  const auto rows = read_all(*dataset);
  ASSERT_EQ(ids(rows), (std::vector<std::string>{"images/a.png", "images/b.png"}));
  EXPECT_EQ(text(rows[0].image), "A");
  EXPECT_EQ(rows[0].captions, (std::vector<std::string>{"first"}));
  EXPECT_EQ(rows[0].extra, (std::map<std::string, std::string>{{"n", "7"}}));
  EXPECT_EQ(rows[1].captions, (std::vector<std::string>{"x", "y"}));
  EXPECT_TRUE(rows[1].extra.empty());
}

TEST(ImageFolder, NullInTheFirstRowDoesNotDecideTheColumnType) {
  const TemporaryFolder folder;
  folder.write("a.png", "A");
  folder.write("metadata.jsonl",
               "{\"file_name\":\"a.png\",\"text\":null}\n"
               "{\"file_name\":\"a.png\",\"text\":[\"x\"],\"later\":true}\n");
  for (const Texts& wanted : {Texts{}, Texts{"text"}}) {
    DatasetOptions options;
    options.text_columns = wanted;
    const auto dataset = open_dataset(folder.path(), options);
    EXPECT_EQ(dataset->columns().text, "text");
    EXPECT_TRUE(dataset->columns().list_captions);
    EXPECT_EQ(dataset->columns().extra, (std::vector<std::string>{"later"}));
    const auto rows = read_all(*dataset);
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_FALSE(rows[0].error) << "an image without a caption remains a candidate";
    EXPECT_TRUE(rows[0].captions.empty());
    EXPECT_EQ(rows[1].captions, (std::vector<std::string>{"x"}));
    EXPECT_EQ(rows[1].extra.at("later"), "true");
  }
}

TEST(ImageFolder, RowsOfAnAllNullCaptionColumnHaveNoCaptions) {
  const TemporaryFolder folder;
  folder.write("a.png", "A");
  folder.write("metadata.jsonl", "{\"file_name\":\"a.png\",\"caption\":null,\"x\":null}\n");
  for (const Texts& wanted : {Texts{}, Texts{"caption"}, Texts{"x"}}) {
    DatasetOptions options;
    options.text_columns = wanted;
    const auto dataset = open_dataset(folder.path(), options);
    EXPECT_EQ(dataset->columns().text, wanted.empty() ? "caption" : wanted[0]);
    const auto rows = read_all(*dataset);
    EXPECT_FALSE(rows.at(0).error);
    EXPECT_TRUE(rows.at(0).captions.empty());
  }
}

TEST(ImageFolder, SeveralColumnsHoldTheCaptions) {
  const TemporaryFolder folder;
  folder.write("a.png", "A");
  folder.write("metadata.jsonl",
               R"({"file_name":"a.png","caption_10":"ten","caption_2":["two","three"],)"
               R"("caption_0":"zero","title":"x"})");
  const auto dataset = open_dataset(folder.path());
  EXPECT_EQ(dataset->columns().text, "caption_0, caption_2, caption_10");
  EXPECT_TRUE(dataset->columns().list_captions);
  EXPECT_EQ(dataset->columns().extra, Texts{"title"});
  EXPECT_EQ(read_all(*dataset).at(0).captions, (Texts{"zero", "two", "three", "ten"}));
  DatasetOptions options;
  options.text_columns = {"Title", "caption_10"};
  EXPECT_EQ(read_all(folder.path(), options).at(0).captions, (Texts{"x", "ten"}));
}

TEST(ImageFolder, NumbersAreNotCaptions) {
  const TemporaryFolder folder;
  folder.write("a.png", "A");
  folder.write("metadata.jsonl", "{\"file_name\":\"a.png\",\"label\":7}\n");
  const auto dataset = open_dataset(folder.path());
  EXPECT_EQ(dataset->columns().text, "");
  const auto rows = read_all(*dataset);
  EXPECT_TRUE(rows[0].captions.empty());
  EXPECT_EQ(rows[0].extra.at("label"), "7");
  DatasetOptions options;
  options.text_columns = {"label"};
  EXPECT_EQ(error_of([&] { open_dataset(folder.path(), options); })->code(), ErrorCode::not_found);
  folder.write("metadata.jsonl",
               "{\"file_name\":\"a.png\",\"text\":\"seven\"}\n"
               "{\"file_name\":\"a.png\",\"text\":7}\n");
  EXPECT_EQ(read_all(folder.path())[1].error,
            "the column 'text' contains neither a string nor a list of strings");
}

TEST(ImageFolder, ReadsCsvMetadata) {
  const TemporaryFolder folder;
  folder.write("a.png", "A");
  folder.write("metadata.csv", "file_name,caption\na.png,\"red, round\"\n");
  const auto rows = read_all(folder.path());
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].captions, (std::vector<std::string>{"red, round"}));
}

TEST(ImageFolder, CsvCellsMeanTheSameAsInATable) {
  const std::string content =
      "file_name,caption_1,caption_2\na.png,,two\nb.png,\"[\"\"x\"\", \"\"y\"\"]\",\n";
  for (const std::string name : {"metadata.csv", "captions.csv"}) {
    const TemporaryFolder folder;
    folder.write("a.png", "A");
    folder.write("b.png", "B");
    const auto rows = read_all(folder.write(name, content));
    ASSERT_EQ(ids(rows), (Texts{"a.png", "b.png"})) << name;
    EXPECT_EQ(rows[0].captions, (Texts{"two"})) << name;
    EXPECT_EQ(rows[1].captions, (Texts{"x", "y"})) << name;
  }
}

TEST(ImageFolder, AnEmptyStringInJsonIsACaption) {
  const TemporaryFolder folder;
  folder.write("a.png", "A");
  folder.write("metadata.jsonl", "{\"file_name\":\"a.png\",\"text\":\"\"}\n");
  EXPECT_EQ(read_all(folder.path())[0].captions, (Texts{""}));
}

TEST(ImageFolder, ColumnNamesMayDifferInCase) {
  for (const std::string requested : {"", "FILE_NAME"}) {
    const TemporaryFolder folder;
    folder.write("a.png", "A");
    folder.write("metadata.csv", "File_Name,Text,Split\na.png,one,test\n");
    DatasetOptions options;
    options.image_column = requested;
    options.split = "test";
    const auto rows = read_all(folder.path(), options);
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(text(rows[0].image), "A");
    EXPECT_EQ(rows[0].captions, (Texts{"one"}));
    EXPECT_EQ(rows[0].extra, (std::map<std::string, std::string>{{"split", "test"}}));
  }
}

TEST(ImageFolder, RejectsFileNamesOutsideTheFolder) {
  const TemporaryFolder outer;
  outer.write("secret.txt", "secret");
  outer.write("set/ok.png", "ok");
  outer.write("set/metadata.jsonl",
              "{\"file_name\":\"ok.png\",\"text\":\"t\"}\n"
              "{\"file_name\":\"../secret.txt\",\"text\":\"t\"}\n"
              "{\"file_name\":\"images/../../secret.txt\",\"text\":\"t\"}\n"
              "{\"file_name\":\"" +
                  (outer.path() / "secret.txt").string() +
                  "\",\"text\":\"t\"}\n"
                  "{\"file_name\":\"ok.png\\u0000.txt\",\"text\":\"t\"}\n"
                  "{\"file_name\":\"\",\"text\":\"t\"}\n"
                  "{\"file_name\":\".\",\"text\":\"t\"}\n"
                  "{\"file_name\":7.5,\"text\":\"t\"}\n"
                  "{\"text\":\"t\"}\n");
  const auto rows = read_all(outer.path() / "set/");
  ASSERT_EQ(rows.size(), 9u);
  EXPECT_FALSE(rows[0].error);
  for (size_t i = 1; i < rows.size(); ++i) {
    EXPECT_TRUE(rows[i].error) << i;
    EXPECT_TRUE(rows[i].image.empty()) << i;
    EXPECT_TRUE(rows[i].captions.empty()) << i;
  }
  EXPECT_EQ(*rows[1].error, "the file name '../secret.txt' leaves the data set's folder");
  EXPECT_EQ(rows[1].id, "metadata.jsonl:2");
  EXPECT_NE(rows[3].error->find("absolute path"), std::string::npos);
}

TEST(ImageFolder, ReportsEachBrokenRow) {
  const TemporaryFolder folder;
  folder.write("a.png", "0123456789");
  folder.write(
      "metadata.jsonl",
      "{\"file_name\":\"a.png\",\"text\":\"t\"}\nbroken\n"
      "{\"file_name\":\"gone.png\",\"text\":\"t\"}\n{\"file_name\":\"a.png\",\"text\":null}\n"
      "{\"file_name\":\"a.png\",\"text\":{}}\n{\"file_name\":\"a.png\",\"text\":[]}\n");
  DatasetOptions options;
  auto rows = read_all(folder.path(), options);
  ASSERT_EQ(rows.size(), 6u);
  EXPECT_FALSE(rows[0].error);
  EXPECT_EQ(*rows[1].error, "the line is not valid JSON: the problem is at byte 1 of 6");
  EXPECT_EQ(rows[2].id, "gone.png");
  EXPECT_NE(rows[2].error->find("No such file"), std::string::npos);
  EXPECT_FALSE(rows[3].error) << "without a caption, not broken";
  EXPECT_TRUE(rows[4].error);
  EXPECT_FALSE(rows[5].error);
  EXPECT_TRUE(rows[5].captions.empty());
  options.max_image_bytes = 9;
  rows = read_all(folder.path(), options);
  EXPECT_NE(rows[0].error->find("at most 9"), std::string::npos);
}

TEST(ImageFolder, SplitByColumn) {
  const TemporaryFolder folder;
  folder.write("a.png", "A");
  folder.write("metadata.jsonl",
               "{\"file_name\":\"a.png\",\"text\":\"1\",\"split\":\"train\"}\n"
               "{\"file_name\":\"a.png\",\"text\":\"2\",\"split\":\"test\"}\n"
               "{\"file_name\":\"a.png\",\"text\":\"3\",\"split\":\"novel\"}\n");
  DatasetOptions options;
  options.split = "test, novel";
  const auto dataset = open_dataset(folder.path(), options);
  EXPECT_EQ(dataset->size(), 2);
  const auto rows = read_all(*dataset);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].captions[0], "2");
  EXPECT_EQ(rows[1].captions[0], "3");
  EXPECT_EQ(rows[1].extra.at("split"), "novel");
  options.split = "test,novle";
  const auto error = error_of([&] { open_dataset(folder.path(), options); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::not_found);
  EXPECT_NE(std::string(error->what()).find("'novle'; found: novel, test, train"),
            std::string::npos)
      << error->what();
}

TEST(ImageFolder, SplitByFolderWithMetadataInEachFolder) {
  const TemporaryFolder folder;
  folder.write("train/a.png", "A");
  folder.write("train/metadata.jsonl", "{\"file_name\":\"a.png\",\"text\":\"1\"}\n");
  folder.write("test/b.png", "B");
  folder.write("test/metadata.csv", "file_name,text\nb.png,2\n");
  EXPECT_EQ(ids(read_all(folder.path())), (std::vector<std::string>{"test/b.png", "train/a.png"}));
  DatasetOptions options;
  options.split = "train";
  EXPECT_EQ(ids(read_all(folder.path(), options)), (std::vector<std::string>{"train/a.png"}));
}

TEST(ImageFolder, MetadataInTheFoldersOfDataIsFound) {
  const TemporaryFolder folder;
  folder.write("README.md", "# A data set");
  folder.write("data/train/metadata.jsonl", "{\"file_name\":\"a.png\",\"text\":\"x\"}\n");
  folder.write("data/train/a.png", "A");
  folder.write("data/test/metadata.jsonl", "{\"file_name\":\"b.png\",\"text\":\"y\"}\n");
  folder.write("data/test/b.png", "B");
  const auto dataset = open_dataset(folder.path());
  EXPECT_EQ(dataset->format(), "imagefolder");
  EXPECT_EQ(ids(read_all(*dataset)), (Texts{"data/test/b.png", "data/train/a.png"}));
  DatasetOptions options;
  options.split = "train";
  EXPECT_EQ(ids(read_all(folder.path(), options)), Texts{"data/train/a.png"});
}

TEST(ImageFolder, ImagesCanBeInTheImagesRoot) {
  const TemporaryFolder folder;
  folder.write("set/metadata.csv", "file_name,text\na.png,x\nhttps://example.org/b.png,y\n");
  folder.write("photos/a.png", "A");
  DatasetOptions options;
  options.image_root = folder.path() / "photos";
  const auto rows = read_all(folder.path() / "set", options);
  EXPECT_EQ(text(rows.at(0).image), "A");
  EXPECT_NE(rows.at(1).error->find("is a web address"), std::string::npos);
}

TEST(ImageFolder, RequestedColumnsMustExist) {
  const TemporaryFolder folder;
  folder.write("a.png", "A");
  folder.write("metadata.jsonl", "{\"file_name\":\"a.png\",\"one\":\"1\",\"two\":\"2\"}\n");
  EXPECT_EQ(open_dataset(folder.path())->columns().text, "")
      << "neither of two candidates is chosen";
  DatasetOptions options;
  options.text_columns = {"two"};
  EXPECT_EQ(read_all(folder.path(), options)[0].captions[0], "2");
  options.text_columns = {"three"};
  EXPECT_EQ(error_of([&] { open_dataset(folder.path(), options); })->code(), ErrorCode::not_found);
  options = {};
  options.image_column = "image";
  EXPECT_EQ(error_of([&] { open_dataset(folder.path(), options); })->code(), ErrorCode::not_found);
}

TEST(ImageFolder, MetadataWithoutFileNamesIsAnError) {
  const TemporaryFolder folder;
  folder.write("metadata.jsonl", "{\"path\":\"a.png\"}\n");
  EXPECT_EQ(error_of([&] { open_dataset(folder.path()); })->code(), ErrorCode::invalid_data);
}

}  // namespace
}  // namespace sightline
