// The columns and types that writers of Parquet files use. Fixtures:
// tools/golden/parquet_fixtures.py.
#include <gtest/gtest.h>

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
  return fs::path(SIGHTLINE_SOURCE_DIR) / "tests" / "golden" / "parquet" / name;
}

DatasetOptions with_text(Texts columns) {
  DatasetOptions options;
  options.text_columns = std::move(columns);
  return options;
}

class ParquetColumns : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_parquet())
      GTEST_SKIP() << "this build has no libsightline_parquet.so (Arrow not found)";
  }
};

TEST_F(ParquetColumns, NumberedCaptionsAreReadInNumericOrder) {
  const auto dataset = open_dataset(fixture("numbered.parquet"));
  EXPECT_EQ(dataset->columns().image, "Image") << "names are compared without regard to case";
  EXPECT_EQ(dataset->columns().text, "caption_0, caption_2, caption_10");
  EXPECT_TRUE(dataset->columns().list_captions);
  const auto rows = read_all(*dataset);
  EXPECT_EQ(rows.at(0).captions, (Texts{"a0", "a2", "a10"}));
  EXPECT_EQ(rows.at(1).captions, (Texts{"b0", "b2"}));
  EXPECT_EQ(rows[0].extra.at("title"), "t");
}

TEST_F(ParquetColumns, SeveralTextColumnsCanBeRequested) {
  const auto rows = read_all(fixture("numbered.parquet"), with_text({"TITLE", "caption_2"}));
  EXPECT_EQ(rows.at(0).captions, (Texts{"t", "a2"}));
  EXPECT_EQ(rows[0].extra.at("caption_0"), "a0");
}

TEST_F(ParquetColumns, AnImageWithoutCaptionRemains) {
  for (const char* name : {"nulltext", "listnull", "listempty", "alltext_null"}) {
    const auto rows = read_all(fixture(std::string("captions/") + name + ".parquet"));
    ASSERT_EQ(rows.size(), 2u) << name;
    EXPECT_FALSE(rows[0].error) << name;
    EXPECT_TRUE(rows[0].captions.empty()) << name;
    EXPECT_EQ(text(rows[0].image).substr(0, 4), "\x89PNG") << name;
    if (std::string(name) != "alltext_null") {
      EXPECT_EQ(rows[1].captions, Texts{"b"}) << name;
    }
  }
  EXPECT_EQ(read_all(fixture("captions/emptytext.parquet")).at(0).captions, Texts{""});
}

TEST_F(ParquetColumns, TextsInStructsAreCaptions) {
  const auto lists = read_all(fixture("sentences.parquet"));
  EXPECT_EQ(lists.at(0).captions, (Texts{"one", "two"}));
  EXPECT_FALSE(lists.at(1).error);
  EXPECT_TRUE(lists.at(1).captions.empty());
  EXPECT_EQ(read_all(fixture("sentence.parquet")).at(1).captions, Texts{"two"});
}

TEST_F(ParquetColumns, OtherTypesOfTextAndImageAreRead) {
  const auto fixed = read_all(fixture("types/fixedlist.parquet"));
  EXPECT_EQ(fixed.at(0).captions, (Texts{"a", "a2"}));
  EXPECT_EQ(fixed.at(1).captions, Texts{"b"});
  const auto binary = read_all(fixture("types/binary_text.parquet"));
  EXPECT_EQ(binary.at(1).captions, Texts{"b"});
  EXPECT_EQ(binary.at(1).image, read_all(fixture("repeated.parquet")).at(5).image);
  const auto lists = read_all(fixture("types/images_list.parquet"));
  EXPECT_EQ(lists.at(0).image, binary.at(0).image);
  EXPECT_EQ(*lists.at(1).error, "the column 'images' has 2 images; expected one");
  EXPECT_EQ(*lists.at(2).error, "the column 'images' has 0 images; expected one");
}

TEST_F(ParquetColumns, NumbersAndTimesAreOtherColumns) {
  const auto dataset = open_dataset(fixture("types/numbers.parquet"));
  EXPECT_EQ(dataset->columns().text, "");
  const auto rows = read_all(*dataset);
  EXPECT_EQ(rows.at(0).extra.at("text"), "1");
  EXPECT_EQ(rows.at(0).extra.at("when"), "2020-01-02 03:04:05.000000");
  EXPECT_EQ(rows.at(0).extra.at("kept"), "true");
  EXPECT_FALSE(rows.at(1).extra.contains("kept"));
  EXPECT_FALSE(rows.at(0).extra.contains("nested"));
}

TEST_F(ParquetColumns, ColumnsOfAnotherTypeAreRefusedByNameAndType) {
  const auto number =
      error_of([] { open_dataset(fixture("types/numbers.parquet"), with_text({"text"})); });
  ASSERT_TRUE(number);
  EXPECT_EQ(number->code(), ErrorCode::invalid_data);
  EXPECT_NE(std::string(number->what()).find("the text column 'text' has the type int64"),
            std::string::npos)
      << number->what();
  DatasetOptions options;
  options.image_column = "image";
  const auto image =
      error_of([&] { open_dataset(fixture("types/strange_image.parquet"), options); });
  ASSERT_TRUE(image);
  EXPECT_NE(std::string(image->what()).find("the image column 'image' has the type double"),
            std::string::npos)
      << image->what();
  const auto found = error_of([&] { open_dataset(fixture("types/strange_image.parquet")); });
  ASSERT_TRUE(found);
  EXPECT_NE(std::string(found->what()).find("found: image: double, text: string"),
            std::string::npos)
      << found->what();
}

TEST_F(ParquetColumns, ClassLabelsHaveTheirNames) {
  const auto file = fixture("types/class_label.parquet");
  const auto rows = read_all(file);
  EXPECT_EQ(rows.at(0).extra.at("label"), "dog");
  EXPECT_EQ(rows.at(1).extra.at("label"), "cat");
  EXPECT_FALSE(rows.at(2).extra.contains("label"));
  EXPECT_TRUE(rows.at(0).captions.empty()) << "a class is no caption unless requested";
  const auto requested = read_all(file, with_text({"label"}));
  EXPECT_EQ(requested.at(0).captions, Texts{"dog"});
  EXPECT_TRUE(requested.at(2).captions.empty());
}

TEST_F(ParquetColumns, ImagesCanBeFilesInTheImagesRoot) {
  const TemporaryFolder folder;
  fs::copy_file(fixture("names.parquet"), folder.path() / "names.parquet");
  const auto missing = read_all(folder.path() / "names.parquet");
  EXPECT_NE(missing.at(0).error->find("No such file"), std::string::npos) << *missing[0].error;
  DatasetOptions options;
  options.image_root = fixture("paths");
  const auto rows = read_all(folder.path() / "names.parquet", options);
  EXPECT_EQ(text(rows.at(0).image).substr(0, 4), "\x89PNG");
  EXPECT_EQ(rows.at(1).captions, Texts{"b"});
  EXPECT_EQ(rows.at(1).extra.at("path"), "sub/deep.png");
  EXPECT_NE(rows.at(2).error->find("'http://example.org/a.jpg' is a web address"),
            std::string::npos);
}

TEST_F(ParquetColumns, UrlsAreRefused) {
  const auto error = error_of([] { open_dataset(fixture("urls.parquet")); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::unsupported);
  EXPECT_NE(std::string(error->what()).find("only URLs of images (column 'URL')"),
            std::string::npos)
      << error->what();
  const auto rows = read_all(fixture("image_urls.parquet"));
  EXPECT_NE(rows.at(0).error->find("is a web address; images are not downloaded"),
            std::string::npos);
}

TEST_F(ParquetColumns, MetadataOfAnImageFolderCanBeParquet) {
  const TemporaryFolder folder;
  fs::copy(fixture("paths"), folder.path(), fs::copy_options::recursive);
  fs::remove(folder.path() / "data.parquet");
  fs::copy_file(fixture("imagefolder/metadata.parquet"), folder.path() / "metadata.parquet");
  const auto dataset = open_dataset(folder.path());
  EXPECT_EQ(dataset->format(), "imagefolder");
  EXPECT_EQ(dataset->size(), 3);
  EXPECT_EQ(dataset->columns().text, "caption");
  const auto rows = read_all(*dataset);
  ASSERT_EQ(ids(rows), (Texts{"ok.png", "sub/deep.png", "ok.png"}));
  EXPECT_EQ(rows[0].captions, (Texts{"a", "b"}));
  EXPECT_TRUE(rows[1].captions.empty());
  EXPECT_FALSE(rows[1].error);
  EXPECT_EQ(rows[1].extra.at("n"), "2");
  EXPECT_EQ(rows[2].captions, Texts{"c"});
}

}  // namespace
}  // namespace sightline
