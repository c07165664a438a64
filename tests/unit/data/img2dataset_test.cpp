// The outputs of img2dataset: files, webdataset.
#include <gtest/gtest.h>

#include "rows.h"
#include "tar_writer.h"
#include "temporary_folder.h"

namespace sightline {
namespace {

using sightline::testing::error_of;
using sightline::testing::ids;
using sightline::testing::read_all;
using sightline::testing::tar_end;
using sightline::testing::tar_entry;
using sightline::testing::TemporaryFolder;

using Texts = std::vector<std::string>;

// The file that img2dataset writes for each shard, next to its images.
void write_lists(const TemporaryFolder& folder, const std::string& shard) {
  folder.write(shard + ".parquet", "PAR1 a list of URLs, never opened");
  folder.write(shard + "_stats.json", R"({"count": 2, "status_dict": {"success": 2}})");
}

TEST(Img2dataset, FilesHaveCaptionsInTextFiles) {
  const TemporaryFolder folder;
  for (const std::string shard : {"00000", "00001"}) {
    write_lists(folder, shard);
    const std::string name = shard + "/" + shard;
    folder.write(name + "0.jpg", "image");
    folder.write(name + "0.txt",
                 "\xEF\xBB\xBF"
                 "caption of " +
                     shard);
    folder.write(name + "0.json", R"({"caption": "x", "url": "http://x/a.jpg", "exif": "{}"})");
  }
  folder.write("00001/000011.png", "image without text");
  folder.write("00001/000012.webp", "image");
  folder.write("00001/000012.txt", "caf\xE9");
  const auto dataset = open_dataset(folder.path());
  EXPECT_EQ(dataset->format(), "folder");
  EXPECT_EQ(dataset->columns().text, "txt");
  const auto rows = read_all(*dataset);
  ASSERT_EQ(ids(rows), (Texts{"00000/000000.jpg", "00001/000010.jpg", "00001/000011.png",
                              "00001/000012.webp"}));
  EXPECT_EQ(rows[0].captions, (Texts{"caption of 00000"}));
  EXPECT_EQ(rows[1].captions, (Texts{"caption of 00001"}));
  EXPECT_TRUE(!rows[2].error && rows[2].captions.empty());
  ASSERT_TRUE(rows[3].error && rows[3].image.empty());
  EXPECT_NE(rows[3].error->find("'000012.txt', line 1: byte 4 is 0xE9"), std::string::npos);
}

TEST(Img2dataset, TextFilesOfOtherFoldersAreReadOnRequest) {
  const TemporaryFolder folder;
  folder.write("a.jpg", "image");
  folder.write("a.txt", "one\r\n\r\ntwo\r\n");
  EXPECT_TRUE(read_all(folder.path()).at(0).captions.empty()) << "a sidecar of a photo";
  EXPECT_EQ(open_dataset(folder.path())->columns().text, "");
  DatasetOptions options;
  options.text_columns = {"txt"};
  EXPECT_EQ(read_all(folder.path(), options).at(0).captions, (Texts{"one", "two"}));
  options.text_columns = {"caption"};
  const auto error = error_of([&] { open_dataset(folder.path(), options); });
  ASSERT_TRUE(error);
  EXPECT_NE(std::string(error->what()).find("whose only text column is 'txt'"), std::string::npos);
}

TEST(Img2dataset, ShardsAreReadAndNotTheirLists) {
  const TemporaryFolder folder;
  write_lists(folder, "00000");
  folder.write("00000.tar",
               tar_entry("000001.jpg", "image") + tar_entry("000001.txt", "a caption") +
                   tar_entry("000001.json", R"({"caption": "x", "exif": NaN})") + tar_end());
  const auto dataset = open_dataset(folder.path());
  EXPECT_EQ(dataset->format(), "webdataset");
  const auto rows = read_all(*dataset);
  ASSERT_EQ(ids(rows), (Texts{"000001"}));
  EXPECT_EQ(rows[0].captions, (Texts{"a caption"}));
}

}  // namespace
}  // namespace sightline
