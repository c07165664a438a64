// Converting to a format and back keeps ids, captions and the bytes of images.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "data/writers/sink_names.h"
#include "data/writers/sinks.h"
#include "rows.h"
#include "temporary_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using sightline::testing::error_of;
using sightline::testing::read_all;
using sightline::testing::TemporaryFolder;

using Texts = std::vector<std::string>;

// Captions and names that some format cannot store directly.
fs::path write_source(const TemporaryFolder& folder) {
  nlohmann::json images, annotations;
  const std::vector<Texts> captions = {{"a plain one", "with \"quotes\", commas\tand tabs"},
                                       {"two\nlines", " blanks around "},
                                       {},
                                       {"", "[\"like a list\"]"},
                                       {"\xC3\xA9t\xC3\xA9 \xF0\x9F\x8E\x89"}};
  const Texts names = {"0001.jpg", "sub/x.y.png", "sub/x_y.png", "0001", "\xC3\xA9.webp"};
  int annotation = 0;
  for (size_t i = 0; i < names.size(); ++i) {
    folder.write("source/images/" + names[i],
                 "image " + std::to_string(i) + std::string(600, '\0'));
    images.push_back({{"id", 10 * i + 7}, {"file_name", names[i]}, {"license", 4}});
    for (const auto& caption : captions[i]) {
      annotations.push_back({{"id", ++annotation}, {"image_id", 10 * i + 7}, {"caption", caption}});
    }
  }
  folder.write("source/annotations/captions.json",
               nlohmann::json({{"images", images}, {"annotations", annotations}}).dump());
  return folder.path() / "source";
}

struct Content {
  std::string id;
  Texts captions;
  std::vector<uint8_t> image;
  bool operator==(const Content&) const = default;
};

std::vector<Content> contents(const fs::path& path) {
  std::vector<Content> all;
  for (auto& row : read_all(path)) {
    EXPECT_FALSE(row.error) << row.id << ": " << *row.error;
    all.push_back({output_id(row), row.captions, row.image});
  }
  return all;
}

class RoundTrip : public ::testing::TestWithParam<std::pair<const char*, DatasetFormat>> {};

TEST_P(RoundTrip, KeepsIdsCaptionsAndBytes) {
  const auto format = GetParam().second;
  if (format == DatasetFormat::parquet && !has_parquet())
    GTEST_SKIP() << "this build has no Parquet";
  const TemporaryFolder folder;
  const fs::path source = write_source(folder);
  const auto expected = contents(source);
  ASSERT_EQ(expected.size(), 5u);
  const auto there = convert_dataset(*open_dataset(source), folder.path() / "there", format);
  EXPECT_EQ(there.rows, 5);
  EXPECT_EQ(open_dataset(folder.path() / "there")->format(), GetParam().first);
  EXPECT_EQ(contents(folder.path() / "there"), expected);
  convert_dataset(*open_dataset(folder.path() / "there"), folder.path() / "back",
                  DatasetFormat::coco);
  EXPECT_EQ(contents(folder.path() / "back"), expected);
  // COCO's file names and numbers are kept too, except for the name without an extension.
  const auto before = read_all(source), after = read_all(folder.path() / "back");
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(after[i].id, i == 3 ? "0001.bin" : before[i].id);
    EXPECT_EQ(after[i].extra.at("coco_id"), before[i].extra.at("coco_id"));
    EXPECT_EQ(after[i].extra.at("license"), "4");
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, RoundTrip,
                         ::testing::Values(std::pair("imagefolder", DatasetFormat::imagefolder),
                                           std::pair("parquet", DatasetFormat::parquet),
                                           std::pair("coco", DatasetFormat::coco),
                                           std::pair("csv", DatasetFormat::csv),
                                           std::pair("webdataset", DatasetFormat::webdataset)),
                         [](const auto& tested) { return tested.param.first; });

TEST(Convert, CocoSplitsAreFilesAndFolders) {
  const TemporaryFolder folder;
  folder.write("in/a.jpg", "A");
  folder.write("in/captions.csv", "image,caption,split\na.jpg,x,val 2017\n");
  convert_dataset(*open_dataset(folder.path() / "in"), folder.path() / "out", DatasetFormat::coco);
  EXPECT_TRUE(fs::exists(folder.path() / "out/annotations/captions_val_2017.json"));
  EXPECT_TRUE(fs::exists(folder.path() / "out/val_2017/a.jpg"));
  EXPECT_EQ(read_all(folder.path() / "out").at(0).extra.at("split"), "val 2017");
}

TEST(Convert, NoFormatOverwrites) {
  const TemporaryFolder folder;
  folder.write("in/a.png", "x");
  folder.write("out/mine.txt", "x");
  folder.write("out.tar", "x");
  for (const auto& [to, format] : {std::pair("out", DatasetFormat::coco),
                                   {"out", DatasetFormat::csv},
                                   {"out", DatasetFormat::webdataset},
                                   {"out.tar", DatasetFormat::webdataset}}) {
    EXPECT_EQ(error_of([&, to = to, format = format] {
                convert_dataset(*open_dataset(folder.path() / "in"), folder.path() / to, format);
              })->code(),
              ErrorCode::invalid_argument);
  }
}

TEST(UniqueNames, UntrustedIdsBecomeSafeNames) {
  UniqueNames names;
  EXPECT_EQ(names.file_name("a/b.JPG", ".png"), "a/b.JPG");
  EXPECT_EQ(names.file_name("a/b.JPG", ".png"), "a_b-2.JPG");
  EXPECT_EQ(names.file_name("/etc/../../passwd", ".png"), "etc/_./_./passwd.png");
  EXPECT_EQ(names.file_name("", ".png"), "image.png");
  EXPECT_EQ(names.file_name("..", ".png"), "_..png");
  EXPECT_EQ(names.file_name(std::string("x\0\ny.jpg", 8), ".png"), "x__y.jpg");
  EXPECT_EQ(names.file_name("a/b.JPG/c.jpg", ".png"), "a_b.JPG_c-2.jpg")
      << "a/b.JPG is a file, not a folder";
  EXPECT_LT(names.file_name(std::string(5000, 'x'), ".png").size(), 256u);
  EXPECT_EQ(names.key("s/x.y.png"), "s/x_y");
  EXPECT_EQ(names.key("s/x_y.png"), "s_x_y-2");
  EXPECT_EQ(names.key("row-5"), "row-5");
}

}  // namespace
}  // namespace sightline
