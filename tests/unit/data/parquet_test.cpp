#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "data/parquet_plugin.h"
#include "data/writers/parquet_writer.h"
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

// Written by Python's pyarrow and datasets: tools/golden/parquet_fixtures.py.
fs::path fixture(const std::string& name) {
  return fs::path(SIGHTLINE_SOURCE_DIR) / "tests" / "golden" / "parquet" / name;
}

class Parquet : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_parquet())
      GTEST_SKIP() << "this build has no libsightline_parquet.so (Arrow not found)";
  }
};

TEST(ParquetPlugin, HasParquetMatchesOpening) {
  const auto error = error_of([] { open_dataset(fixture("nulls.parquet")); });
  EXPECT_EQ(has_parquet(), !error);
  if (error) {
    EXPECT_EQ(error->code(), ErrorCode::unsupported);
  }
}

TEST_F(Parquet, ReadsFilesOfPythonDatasets) {
  const auto dataset = open_dataset(fixture("datasets.parquet"));
  EXPECT_EQ(dataset->format(), "parquet");
  EXPECT_EQ(dataset->size(), 5);
  EXPECT_EQ(dataset->columns().image, "image");
  EXPECT_EQ(dataset->columns().text, "captions");
  EXPECT_TRUE(dataset->columns().list_captions);
  const auto rows = read_all(*dataset);
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_EQ(rows[3].id, "row-3");
  EXPECT_EQ(rows[3].captions, (Texts{"one 3", "two 3"}));
  EXPECT_EQ(rows[3].extra.at("label"), "3");
  EXPECT_EQ(rows[3].extra.at("path"), "p3.png");
  EXPECT_EQ(text(rows[3].image).substr(0, 4), "\x89PNG");
}

TEST_F(Parquet, ReadsSeveralFilesAndRowGroups) {
  EXPECT_EQ(open_dataset(fixture("sharded"))->size(), 13);
  const auto all = read_all(fixture("sharded"));
  ASSERT_EQ(all.size(), 13u);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(all[i].captions, Texts{"text " + std::to_string(i)});
    EXPECT_EQ(all[i].extra.at("path"), "p" + std::to_string(i) + ".png");
    EXPECT_EQ(all[i].id, "row-" + std::to_string(i));
  }
  DatasetOptions options;
  options.split = "train";
  const auto dataset = open_dataset(fixture("sharded"), options);
  EXPECT_EQ(dataset->size(), 3);
  EXPECT_EQ(ids(read_all(*dataset)), (Texts{"row-10", "row-11", "row-12"}));
  options.split = "validation";
  EXPECT_EQ(error_of([&] { open_dataset(fixture("sharded"), options); })->code(),
            ErrorCode::not_found);
}

TEST_F(Parquet, ReadsTheHubsConversionsWithSplitsAsFolders) {
  const TemporaryFolder folder;
  const fs::path set = folder.path() / "set";
  const auto add = [&](const std::string& path) {
    fs::create_directories((set / path).parent_path());
    fs::copy_file(fixture("datasets.parquet"), set / path);
  };
  add("default/train/0000.parquet");
  add("default/train/0001.parquet");
  add("default/partial-test/0000.parquet");
  const int64_t rows = open_dataset(fixture("datasets.parquet"))->size();
  EXPECT_EQ(open_dataset(set)->size(), 3 * rows);
  EXPECT_EQ(open_dataset(set / "default")->size(), 3 * rows);
  DatasetOptions options;
  options.split = "test";
  EXPECT_EQ(open_dataset(set, options)->size(), rows);
  add("other/train/0000.parquet");
  EXPECT_EQ(open_dataset(set)->size(), 3 * rows);
  fs::rename(set / "default", set / "one");
  const auto error = error_of([&] { open_dataset(set); });
  ASSERT_TRUE(error);
  EXPECT_NE(std::string(error->what()).find("(one, other)"), std::string::npos) << error->what();
}

TEST_F(Parquet, RowsWithoutAnImageAreBrokenAndNullCaptionsAreNone) {
  DatasetOptions options;
  options.max_image_bytes = 4000;
  const auto rows = read_all(fixture("nulls.parquet"), options);
  ASSERT_EQ(rows.size(), 7u);
  EXPECT_FALSE(rows[0].error);
  EXPECT_EQ(*rows[1].error, "the column 'image' is null");
  EXPECT_EQ(*rows[2].error, "the image has neither bytes nor a path");
  EXPECT_FALSE(rows[3].error);
  EXPECT_TRUE(rows[3].captions.empty());
  EXPECT_FALSE(rows[3].image.empty());
  EXPECT_EQ(rows[4].captions, Texts{"e"});
  EXPECT_EQ(*rows[5].error, "the image has 5000 bytes; expected at most 4000");
  EXPECT_TRUE(rows[5].captions.empty() && rows[5].image.empty());
  EXPECT_FALSE(rows[6].error);
  EXPECT_TRUE(rows[6].captions.empty());
  EXPECT_EQ(rows[0].extra.at("n"), "1");
  EXPECT_FALSE(rows[6].extra.contains("n"));
}

TEST_F(Parquet, RejectsPathsOutsideTheFolderOfTheFile) {
  const auto rows = read_all(fixture("paths/data.parquet"));
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_FALSE(rows[0].error);
  EXPECT_EQ(text(rows[0].image).substr(0, 4), "\x89PNG");
  EXPECT_NE(rows[1].error->find("No such file"), std::string::npos);
  EXPECT_EQ(*rows[2].error, "the file name '../datasets.parquet' leaves the data set's folder");
  EXPECT_NE(rows[3].error->find("'/etc/hostname' is an absolute path outside"), std::string::npos);
  EXPECT_EQ(*rows[4].error, "the file name 'a/../../x' leaves the data set's folder");
}

TEST_F(Parquet, ReadsLargeAndViewTypes) {
  const auto large = read_all(fixture("large.parquet"));
  ASSERT_EQ(large.size(), 3u);
  EXPECT_EQ(large[1].captions, Texts{"y"});
  EXPECT_EQ(large[1].extra.at("group"), "h");
  EXPECT_EQ(large[2].image, read_all(fixture("sharded"))[2].image);
  const auto views = read_all(fixture("views.parquet"));
  EXPECT_EQ(views.at(0).captions, Texts{"short"});
  EXPECT_EQ(views.at(1).captions, Texts{"a text longer than twelve bytes"});
  EXPECT_EQ(views.at(1).image, large[1].image);
  const auto lists = read_all(fixture("large_list.parquet"));
  EXPECT_EQ(lists.at(0).captions, (Texts{"x", "y"}));
  EXPECT_EQ(lists.at(1).captions, Texts{"z"});
}

TEST_F(Parquet, ReadsDictionariesAndSplitColumn) {
  DatasetOptions options;
  options.split = "train";
  const auto dataset = open_dataset(fixture("categories.parquet"), options);
  EXPECT_EQ(dataset->size(), 2);
  const auto rows = read_all(*dataset);
  ASSERT_EQ(ids(rows), (Texts{"row-0", "row-2"}));
  EXPECT_EQ(rows[0].captions, Texts{"same"});
  EXPECT_EQ(rows[1].captions, Texts{"other"});
}

TEST_F(Parquet, ColumnsCanBeRequested) {
  const auto file = fixture("plain_binary.parquet");
  EXPECT_EQ(open_dataset(file)->columns().image, "jpg");
  DatasetOptions options;
  options.image_column = "JPG";
  const auto rows = read_all(file, options);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].captions, Texts{"only text"});
  EXPECT_EQ(rows[0].extra, (std::map<std::string, std::string>{{"score", "0.5"}}));
  options.text_columns = {"score"};
  EXPECT_EQ(error_of([&] { open_dataset(file, options); })->code(), ErrorCode::invalid_data);
  options.text_columns = {"gone"};
  EXPECT_EQ(error_of([&] { open_dataset(file, options); })->code(), ErrorCode::not_found);
  options = {};
  options.image_column = "image";
  EXPECT_EQ(error_of([&] { open_dataset(file, options); })->code(), ErrorCode::not_found);
}

std::string content(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST_F(Parquet, RejectsDuplicateColumns) {
  for (const char* name : {"image", "text", "label"}) {
    const TemporaryFolder folder;
    const auto file = folder.path() / "twice.parquet";
    const auto writer = create_parquet_writer(file, {false, {"label", name}});
    Row row;
    row.image = {1, 2};
    row.captions = {"a"};
    row.extra["label"] = "l";
    writer->add(row, "a.png");
    writer->finish();
    const auto error = error_of([&] { read_all(file); });
    ASSERT_TRUE(error) << name;
    EXPECT_EQ(error->code(), ErrorCode::invalid_data);
    EXPECT_NE(std::string(error->what()).find("'" + std::string(name) + "' appears twice"),
              std::string::npos)
        << error->what();
  }
}

TEST_F(Parquet, DamagedFilesNeverCrash) {
  const TemporaryFolder folder;
  const std::string good = content(fixture("datasets.parquet"));
  ASSERT_GT(good.size(), 100u);
  int broken = 0;
  const auto read = [&](const std::string& bytes) {
    const auto file = folder.write("x.parquet", bytes);
    const auto error = error_of([&] {
      for (const auto& row : read_all(file)) broken += row.error ? 1 : 0;
    });
    broken += error ? 1 : 0;
    return error;
  };
  EXPECT_EQ(read("")->code(), ErrorCode::invalid_data);
  EXPECT_EQ(read("PAR1")->code(), ErrorCode::invalid_data);
  EXPECT_EQ(read("no parquet at all, but long enough")->code(), ErrorCode::invalid_data);
  for (size_t size = 0; size < good.size(); size += 97)
    EXPECT_TRUE(read(good.substr(0, size))) << size;
  for (size_t at = 0; at < good.size(); at += 13) {
    std::string damaged = good;
    damaged[at] = static_cast<char>(damaged[at] ^ 0xFF);
    read(damaged);
  }
  EXPECT_GT(broken, 50);
}

TEST_F(Parquet, ReportsADamagedRowGroupAndReadsTheNext) {
  std::string bytes = content(fixture("sharded/test-00000-of-00002.parquet"));
  // The first page header of the first row group follows the leading "PAR1".
  for (size_t at = 4; at < 24; ++at) bytes[at] = '\xFF';
  const TemporaryFolder folder;
  const auto rows = read_all(folder.write("x.parquet", bytes));
  ASSERT_EQ(ids(rows), (Texts{"row-0..row-1", "row-2", "row-3", "row-4"}));
  EXPECT_TRUE(rows[0].error);
  EXPECT_EQ(rows[1].captions, Texts{"text 2"});
}

Row make_row(int i, Texts captions) {
  Row row;
  row.id = "r" + std::to_string(i);
  row.image.assign(static_cast<size_t>(i % 7 + 1), static_cast<uint8_t>(i));
  row.captions = std::move(captions);
  if (i % 2 == 0) row.extra["even"] = "yes " + std::to_string(i);
  return row;
}

TEST_F(Parquet, ReadsWrittenRows) {
  const TemporaryFolder folder;
  for (const bool lists : {false, true}) {
    const auto file = folder.path() / (lists ? "lists.parquet" : "texts.parquet");
    const auto writer = create_parquet_writer(file, {lists, {"even"}});
    std::vector<Row> rows;
    for (int i = 0; i < 250; ++i) {  // three row groups
      Texts captions = {"caption " + std::to_string(i)};
      if (lists) captions.resize(static_cast<size_t>(i % 4), "more");
      rows.push_back(make_row(i, captions));
      writer->add(rows.back(), rows.back().id + ".png");
    }
    EXPECT_FALSE(fs::exists(file)) << "the file gets its name only when it is finished";
    writer->finish();
    const auto back = read_all(file);
    ASSERT_EQ(back.size(), rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      ASSERT_FALSE(back[i].error) << *back[i].error;
      EXPECT_EQ(back[i].image, rows[i].image);
      EXPECT_EQ(back[i].captions, rows[i].captions);
      EXPECT_EQ(back[i].extra.contains("even"), i % 2 == 0);
      EXPECT_EQ(back[i].extra.at("path"), rows[i].id + ".png");
    }
  }
}

TEST_F(Parquet, UnfinishedFilesAreRemoved) {
  const TemporaryFolder folder;
  {
    const auto writer = create_parquet_writer(folder.path() / "x.parquet", {false, {}});
    writer->add(make_row(1, {"a"}), "a.png");
    EXPECT_EQ(error_of([&] {
                writer->add(make_row(2, {"a", "b"}), "b.png");
              })->code(),
              ErrorCode::invalid_argument);
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
  EXPECT_EQ(error_of([&] { create_parquet_writer(folder.path() / "no/x.parquet", {}); })->code(),
            ErrorCode::not_found);
}

TEST_F(Parquet, ConvertsToImageFolderAndBack) {
  const TemporaryFolder folder;
  const auto source = open_dataset(fixture("nulls.parquet"));
  const auto there = convert_dataset(*source, folder.path() / "set", DatasetFormat::imagefolder);
  EXPECT_EQ(there.rows, 5);  // one has 5000 bytes that are not an image: conversion does not decode
  EXPECT_EQ(there.skipped.size(), 2u);
  const auto back = convert_dataset(*open_dataset(folder.path() / "set"), folder.path() / "back",
                                    DatasetFormat::parquet);
  EXPECT_EQ(back.rows, 5);
  const auto again = open_dataset(folder.path() / "set");
  EXPECT_EQ(error_of([&] {
              convert_dataset(*again, folder.path() / "back", DatasetFormat::parquet);
            })->code(),
            ErrorCode::invalid_argument);
  const auto original = read_all(fixture("nulls.parquet")), rows = read_all(folder.path() / "back");
  ASSERT_EQ(rows.size(), 5u);
  const size_t kept[] = {0, 3, 4, 5, 6};
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(rows[i].image, original[kept[i]].image);
    EXPECT_EQ(rows[i].captions, original[kept[i]].captions);
  }
}

}  // namespace
}  // namespace sightline
