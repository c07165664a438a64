#include <gtest/gtest.h>

#include "rows.h"
#include "temporary_folder.h"

namespace sightline {
namespace {

using sightline::testing::error_of;
using sightline::testing::read_all;
using sightline::testing::TemporaryFolder;

TEST(Convert, PlainFolderToImageFolder) {
  const TemporaryFolder folder;
  folder.write("in/a.unknown", "\xFF\xD8\xFF image");
  folder.write("in/b", "RIFF....WEBPVP8 ");
  folder.write("in/c.png", "something else");
  const auto from = open_dataset(folder.path() / "in");
  const auto summary = convert_dataset(*from, folder.path() / "out", DatasetFormat::imagefolder);
  EXPECT_EQ(summary.rows, 3);
  const auto rows = read_all(folder.path() / "out");
  ASSERT_EQ(sightline::testing::ids(rows),
            (std::vector<std::string>{"images/00000000.jpg", "images/00000001.webp",
                                      "images/00000002.bin"}));
  EXPECT_EQ(sightline::testing::text(rows[2].image), "something else");
}

TEST(Convert, RowsUnlikeTheFirstAreSkipped) {
  const TemporaryFolder folder;
  folder.write("in/a.png", "x");
  folder.write("in/metadata.jsonl",
               "{\"file_name\":\"a.png\",\"text\":\"one\",\"k\":\"\xC3\xA4\"}\n"
               "{\"file_name\":\"a.png\",\"text\":[\"one\",\"two\"]}\n"
               "{\"file_name\":\"gone.png\",\"text\":\"one\"}\n"
               "{\"file_name\":\"a.png\",\"text\":[\"single\"]}\n");
  const auto from = open_dataset(folder.path() / "in");
  const auto summary = convert_dataset(*from, folder.path() / "out", DatasetFormat::imagefolder);
  EXPECT_EQ(summary.rows, 2);
  ASSERT_EQ(summary.skipped.size(), 2u);
  EXPECT_NE(summary.skipped[0].second.find("has 2 captions"), std::string::npos);
  const auto rows = read_all(folder.path() / "out");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].extra.at("k"), "\xC3\xA4");
  EXPECT_EQ(rows[1].captions, (std::vector<std::string>{"single"}));
}

TEST(Convert, NeverOverwrites) {
  const TemporaryFolder folder;
  folder.write("in/a.png", "x");
  folder.write("out/mine.txt", "x");
  const auto from = open_dataset(folder.path() / "in");
  EXPECT_EQ(error_of([&] {
              convert_dataset(*from, folder.path() / "out", DatasetFormat::imagefolder);
            })->code(),
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace sightline
