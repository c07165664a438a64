// Ranges of rows: read one after the other, they are the rows of the whole input.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/row_list.h>

#include "base/file.h"
#include "rows.h"
#include "tar_writer.h"
#include "temporary_folder.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

const fs::path kParquet = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/parquet";

std::string shown(const Row& row) {
  std::string out = row.id + "|" + text(row.image) + "|" + row.split + "|";
  for (const auto& caption : row.captions) out += caption + ";";
  for (const auto& [name, value] : row.extra) out += name + "=" + value + ";";
  return out + (row.error ? "!" : "");
}

std::vector<std::string> shown(RowReader rows) {
  std::vector<std::string> out;
  while (auto row = rows.next()) out.push_back(shown(*row));
  return out;
}

// Reads the list in ranges of `step` rows.
std::vector<std::string> in_steps(const RowList& list, int64_t step) {
  std::vector<std::string> out;
  for (int64_t first = 0; first < list.rows(); first += step) {
    for (auto& row : shown(list.read({first, std::min(step, list.rows() - first)})))
      out.push_back(std::move(row));
  }
  return out;
}

void expect_ranges(const DatasetInput& input) {
  const std::vector<std::string> whole = shown(RowReader(input));
  const RowList list = RowList::of_dataset(input);
  EXPECT_EQ(list.rows(), static_cast<int64_t>(whole.size()));
  for (const int64_t step : {1, 2, 3, 5, 100}) EXPECT_EQ(in_steps(list, step), whole) << step;
  EXPECT_EQ(list.merges_repeats(), RowReader(input).merges_repeats());
  EXPECT_EQ(RowList::of_dataset(input).digest(), list.digest());
}

std::string sample(const std::string& key, const std::string& split = "") {
  const std::string json =
      split.empty() ? "" : tar_entry(key + ".json", "{\"split\": \"" + split + "\"}");
  return tar_entry(key + ".jpg", "image " + key) + tar_entry(key + ".txt", "text " + key) + json;
}

TEST(RowList, OfFolders) {
  const TemporaryFolder folder;
  for (const char* name : {"b.png", "a.png", "test/d.png", "test/sub/e.png", "f.txt"})
    folder.write(name, name);
  expect_ranges({folder.path(), {}, {}});
  DatasetOptions test;
  test.split = "test";
  expect_ranges({folder.path(), test, {}});
  const RowList before = RowList::of_dataset({folder.path(), {}, {}});
  folder.write("c.png", "c");
  const RowList after = RowList::of_dataset({folder.path(), {}, {}});
  EXPECT_EQ(after.rows(), before.rows() + 1);
  EXPECT_NE(after.digest(), before.digest());
}

TEST(RowList, OfFiles) {
  const TemporaryFolder folder;
  for (const char* name : {"b.png", "a.png", "c.png"}) folder.write(name, name);
  const std::vector<fs::path> paths = {folder.path() / "c.png", folder.path(),
                                       folder.path() / "missing.png"};
  const RowList list = RowList::of_files(paths);
  ASSERT_EQ(list.rows(), 5);
  EXPECT_EQ(list.files(), RowReader::of_files(paths).files());
  EXPECT_FALSE(list.merges_repeats());
  for (const int64_t step : {1, 2, 100})
    EXPECT_EQ(in_steps(list, step), shown(RowReader::of_files(paths)));
  EXPECT_THROW(list.read({4, 2}), Error);
  EXPECT_THROW(list.read({-1, 2}), Error);
  EXPECT_TRUE(shown(list.read({5, 0})).empty());
}

TEST(RowList, OfMetadataAndTables) {
  const TemporaryFolder folder;
  std::string lines;
  std::string table = "filepath,title,split\n";
  for (int i = 0; i < 7; ++i) {
    const std::string name = std::to_string(i) + ".png", split = i % 3 == 0 ? "test" : "train";
    folder.write("meta/" + name, name);
    folder.write("table/" + name, name);
    lines += R"({"file_name": ")" + name + R"(", "text": "T", "split": ")" + split + "\"}\n";
    table += name + ",T," + split + "\n";
  }
  lines += "broken\n" + std::string(R"({"file_name": "missing.png", "text": "T"})") + "\n";
  folder.write("meta/metadata.jsonl", lines);
  folder.write("table/captions.csv", table);
  DatasetOptions test;
  test.split = "test";
  for (const char* name : {"meta", "table"}) {
    expect_ranges({folder.path() / name, {}, {}});
    expect_ranges({folder.path() / name, test, {}});
    expect_ranges({folder.path() / name, {}, {"train", "test"}});
  }
  const std::string digest = RowList::of_dataset({folder.path() / "meta", {}, {}}).digest();
  folder.write("meta/metadata.jsonl", lines + "\n");
  EXPECT_NE(RowList::of_dataset({folder.path() / "meta", {}, {}}).digest(), digest);
  EXPECT_NE(RowList::of_dataset({folder.path() / "meta", test, {}}).digest(), digest);
}

TEST(RowList, OfArchives) {
  const TemporaryFolder folder;
  folder.write("tar/train-0.tar", sample("a") + tar_entry("README", "no sample") + sample("b") +
                                      tar_entry("c.jpg", "1") + tar_entry("c.jpg", "2") +
                                      tar_end());
  folder.write("tar/train-1.tar", tar_end());
  folder.write("tar/test-0.tar", sample("d") + sample("e", "train") + sample("f") + tar_end());
  expect_ranges({folder.path() / "tar", {}, {}});
  DatasetOptions test;
  test.split = "test";
  expect_ranges({folder.path() / "tar", test, {}});
}

// A damaged archive loses the sample that was being read, also if it is passed over.
TEST(RowList, OfDamagedArchives) {
  const std::string whole = sample("a") + sample("b") + sample("c") + sample("d");
  for (const size_t size : {512ul, 700ul, 1024ul, 2048ul, 2560ul, 3000ul, 4096ul, 4100ul, 8000ul}) {
    SCOPED_TRACE(size);
    const TemporaryFolder folder;
    folder.write("0.tar", sample("x") + tar_end());
    folder.write("1.tar", whole.substr(0, size));
    folder.write("2.tar", std::string("no archive at all"));
    folder.write("3.tar", sample("y") + sample("z") + tar_end());
    expect_ranges({folder.path(), {}, {}});
  }
}

TEST(RowList, OfParquet) {
  if (!has_parquet()) GTEST_SKIP() << "this build reads no Parquet";
  DatasetOptions test;
  test.split = "test";
  for (const char* name : {"sharded", "datasets.parquet", "repeated.parquet", "nulls.parquet"}) {
    SCOPED_TRACE(name);
    expect_ranges({kParquet / name, {}, {}});
  }
  expect_ranges({kParquet / "sharded", test, {}});
  expect_ranges({kParquet / "sharded", {}, {"train", "test"}});
}

// A damaged row group is a broken row in each range that it overlaps; the other rows are the same.
TEST(RowList, OfDamagedParquet) {
  if (!has_parquet()) GTEST_SKIP() << "this build reads no Parquet";
  const auto good_rows = [](std::vector<std::string> rows) {
    std::erase_if(rows, [](const std::string& row) { return row.ends_with('!'); });
    return rows;
  };
  const std::vector<uint8_t> good = read_file(kParquet / "repeated.parquet", 1 << 20);
  const TemporaryFolder folder;
  int damaged = 0;
  for (size_t at = 4; at < good.size(); at += 31) {
    SCOPED_TRACE(at);
    std::string bytes(good.begin(), good.end());
    bytes[at] = static_cast<char>(bytes[at] ^ 0xFF);
    folder.write("0.parquet", bytes);
    folder.write("1.parquet", std::string(good.begin(), good.end()));
    const DatasetInput input{folder.path(), {}, {}};
    std::vector<std::string> whole;
    try {
      whole = shown(RowReader(input));
    } catch (const Error&) {
      continue;  // the footer
    }
    damaged += whole != good_rows(whole);
    const RowList list = RowList::of_dataset(input);
    for (const int64_t step : {1, 3, 1000})
      EXPECT_EQ(good_rows(in_steps(list, step)), good_rows(whole)) << step;
  }
  EXPECT_GT(damaged, 3);
}

}  // namespace
}  // namespace sightline::testing
