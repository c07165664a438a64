// Sixty photographs with five captions each yield the same rows in every format.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "data/writers/sink_names.h"
#include "data/writers/sinks.h"
#include "rows.h"
#include "temporary_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using sightline::testing::read_all;
using sightline::testing::TemporaryFolder;

class Coco60 : public ::testing::Test {
 protected:
  void SetUp() override {
    source_ = fs::path(SIGHTLINE_SHARED_DIR) / "data" / "coco60";
    if (!fs::exists(source_)) GTEST_SKIP() << source_ << " does not exist";
    rows_ = read_all(source_);
    ASSERT_EQ(rows_.size(), 60u);
    fs::create_directory_symlink(source_ / "images", folder_.path() / "images");
  }

  static std::string name_of(const Row& row) { return fs::path(row.id).filename().string(); }

  // `prefix` precedes the file name in the ids.
  void expect_same(const fs::path& path, const std::string& format, const std::string& prefix) {
    const auto dataset = open_dataset(path);
    EXPECT_EQ(dataset->format(), format);
    const auto found = read_all(*dataset);
    ASSERT_EQ(found.size(), rows_.size());
    for (size_t i = 0; i < rows_.size(); ++i) {
      ASSERT_FALSE(found[i].error) << *found[i].error;
      EXPECT_EQ(found[i].id, prefix + name_of(rows_[i]));
      EXPECT_EQ(found[i].captions, rows_[i].captions);
      EXPECT_TRUE(found[i].image == rows_[i].image);
    }
  }

  fs::path source_;
  std::vector<Row> rows_;
  TemporaryFolder folder_;
};

TEST_F(Coco60, Coco) {
  json images = json::array(), annotations = json::array();
  for (const auto& row : rows_) {
    const int64_t id = std::stoll(row.extra.at("coco_id"));
    images.push_back({{"id", id}, {"file_name", name_of(row)}});
    for (const auto& caption : row.captions)
      annotations.push_back({{"image_id", id}, {"id", annotations.size()}, {"caption", caption}});
  }
  const auto file = folder_.write("annotations/captions_val2017.json",
                                  json({{"images", images}, {"annotations", annotations}}).dump());
  expect_same(file, "coco", "");
  expect_same(folder_.path(), "coco", "");
}

TEST_F(Coco60, Karpathy) {
  json images = json::array();
  for (const auto& row : rows_) {
    json sentences = json::array();
    for (const auto& caption : row.captions) sentences.push_back({{"raw", caption}});
    images.push_back({{"filepath", "val2014"},
                      {"filename", name_of(row)},
                      {"split", "test"},
                      {"sentences", sentences}});
  }
  folder_.write("dataset_coco.json", json({{"images", images}, {"dataset", "coco"}}).dump());
  expect_same(folder_.path(), "karpathy", "val2014/");
}

TEST_F(Coco60, Flickr) {
  std::string text;
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.captions.size(); ++i)
      text += name_of(row) + "#" + std::to_string(i) + "\t" + row.captions[i] + "\n";
  }
  folder_.write("Flickr8k.token.txt", text);
  expect_same(folder_.path(), "flickr", "");
}

TEST_F(Coco60, TablesLongAndWide) {
  std::string tall = "filepath\ttitle\n",
              wide = "image,caption_0,caption_1,caption_2,caption_3,caption_4\n";
  const auto quoted = [](const std::string& text) {
    std::string out = "\"";
    for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + "\"";
  };
  for (const auto& row : rows_) {
    ASSERT_EQ(row.captions.size(), 5u);
    wide += "images/" + name_of(row);
    for (const auto& caption : row.captions) {
      tall += "images/" + name_of(row) + "\t" + quoted(caption) + "\n";
      wide += "," + quoted(caption);
    }
    wide += "\n";
  }
  expect_same(folder_.write("tall.tsv", tall), "csv", "images/");
  expect_same(folder_.write("wide.csv", wide), "csv", "images/");
}

TEST_F(Coco60, ConversionToEveryFormatKeepsRows) {
  for (const auto format : {DatasetFormat::imagefolder, DatasetFormat::parquet, DatasetFormat::coco,
                            DatasetFormat::csv, DatasetFormat::webdataset}) {
    if (format == DatasetFormat::parquet && !has_parquet()) continue;
    const auto to = folder_.path() / ("there" + std::to_string(static_cast<int>(format)));
    EXPECT_EQ(convert_dataset(*open_dataset(source_), to, format).rows, 60);
    const auto found = read_all(to);
    ASSERT_EQ(found.size(), rows_.size());
    for (size_t i = 0; i < rows_.size(); ++i) {
      EXPECT_EQ(output_id(found[i]), rows_[i].id);
      EXPECT_EQ(found[i].captions, rows_[i].captions);
      EXPECT_TRUE(found[i].image == rows_[i].image);
      EXPECT_EQ(found[i].extra.at("source"), rows_[i].extra.at("source"));
    }
  }
}

}  // namespace
}  // namespace sightline
