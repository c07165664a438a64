// Images in zip archives: next to metadata, and archives in place of shards.
#include <gtest/gtest.h>

#include "rows.h"
#include "temporary_folder.h"
#include "unit/base/zip_writer.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using sightline::testing::error_of;
using sightline::testing::ids;
using sightline::testing::packed;
using sightline::testing::read_all;
using sightline::testing::stored;
using sightline::testing::TemporaryFolder;
using sightline::testing::text;
using Texts = std::vector<std::string>;

std::string zip_of(const std::vector<std::pair<std::string, std::string>>& files) {
  std::vector<sightline::testing::ZipItem> items;
  for (const auto& [name, content] : files)
    items.push_back(content.size() > 1 ? packed(name, content) : stored(name, content));
  return sightline::testing::zip(items);
}

TEST(ZipImages, ImagesOfMetadataAreReadFromArchives) {
  const TemporaryFolder folder;
  folder.write("images.zip", zip_of({{"images/", ""}, {"images/a.png", "A"}, {"b.png", "B"}}));
  folder.write("c.png", "C");
  folder.write("metadata.csv",
               "file_name,text\nimages/a.png,1\nimages/b.png,2\na.png,3\nc.png,4\nd.png,5\n");
  const auto rows = read_all(folder.path());
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_EQ(text(rows[0].image), "A");
  EXPECT_EQ(text(rows[1].image), "B") << "the archive's name is a folder of the metadata";
  EXPECT_EQ(text(rows[2].image), "A") << "or a folder of the archive";
  EXPECT_EQ(text(rows[3].image), "C");
  EXPECT_NE(rows[4].error->find("No such file"), std::string::npos) << *rows[4].error;
}

TEST(ZipImages, LimitsAndDamageAreReportedPerRow) {
  const TemporaryFolder folder;
  folder.write("images.zip", zip_of({{"a.png", std::string(5000, 'A')}}));
  folder.write("broken.zip", "PK, but no archive, and longer than an end record");
  folder.write("metadata.csv", "file_name,text\na.png,1\ngone.png,2\n");
  DatasetOptions options;
  options.max_image_bytes = 4000;
  const auto rows = read_all(folder.path(), options);
  EXPECT_NE(rows.at(0).error->find("has 5000 bytes; expected at most 4000"), std::string::npos);
  EXPECT_NE(rows.at(1).error->find("broken.zip"), std::string::npos) << *rows[1].error;
  EXPECT_FALSE(read_all(folder.path()).at(0).error);
}

TEST(ZipImages, AnArchiveIsReadLikeAShard) {
  const TemporaryFolder folder;
  const auto zip = folder.write(
      "test.zip", zip_of({{"0/a.jpg", "A"}, {"0/a.txt", "one\ntwo"}, {"0/b.png", "B"}}));
  for (const fs::path& path : {zip, folder.path()}) {
    const auto dataset = open_dataset(path);
    EXPECT_EQ(dataset->format(), "webdataset");
    const auto rows = read_all(*dataset);
    ASSERT_EQ(ids(rows), (Texts{"0/a", "0/b"}));
    EXPECT_EQ(rows[0].captions, (Texts{"one", "two"}));
    EXPECT_EQ(rows[0].extra.at("split"), "test");
    EXPECT_EQ(text(rows[1].image), "B");
  }
  folder.write("photo.png", "P");
  EXPECT_EQ(open_dataset(folder.path())->format(), "folder")
      << "an archive next to photos is not the data set";
}

TEST(ZipImages, MetadataInAnArchiveIsRefusedWithAdvice) {
  const TemporaryFolder folder;
  const auto zip = folder.write(
      "train.zip", zip_of({{"metadata.csv", "file_name,text\na.png,x\n"}, {"a.png", "A"}}));
  for (const fs::path& path : {zip, folder.path()}) {
    const auto error = error_of([&] { open_dataset(path); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::unsupported);
    EXPECT_NE(std::string(error->what()).find("unpack it next to the archive"), std::string::npos);
  }
  folder.write("metadata.csv", "file_name,text\na.png,x\n");
  EXPECT_EQ(text(read_all(folder.path()).at(0).image), "A");
}

}  // namespace
}  // namespace sightline
