// Items that are read in portions: every line, and every row of a table, is decoded once.
#include <gtest/gtest.h>
#include <sightline/dataset.h>
#include <sightline/error.h>
#include <sightline/vectors.h>
#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <string>

#include "data/parquet_plugin.h"
#include "expect_error.h"
#include "vectors/item_lines.h"
#include "vectors/table_items.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using test::expect_error;

class ItemsInPortions : public testing::Test {
 protected:
  static constexpr int64_t kRows = 5000;

  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("sightline_item_lines." + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(const std::string& prefix) const {
    VectorSetWriter writer(folder_ / "v.npy", 2, {});
    for (int64_t r = 0; r < kRows; ++r)
      writer.add(std::vector<float>{static_cast<float>(r), 1},
                 {prefix + std::to_string(r), {}, {}});
    writer.close();
    return folder_ / "v.npy";
  }

  // A table of clip-retrieval with `kRows` rows.
  fs::path write_table() const {
    const fs::path file = folder_ / "metadata.parquet";
    const auto writer = create_parquet_writer(file, {false, {"key"}});
    for (int64_t r = 0; r < kRows; ++r) {
      Row row;
      row.captions = {"caption " + std::to_string(r)};
      row.extra["key"] = "key-" + std::to_string(r);
      writer->add(row, "");
    }
    writer->finish();
    return file;
  }

  static std::vector<int64_t> rows_from(int64_t begin, int64_t end) {
    std::vector<int64_t> rows(static_cast<size_t>(end - begin));
    std::iota(rows.begin(), rows.end(), begin);
    return rows;
  }

  fs::path folder_;
};

TEST_F(ItemsInPortions, LinesArePassedOnce) {
  const VectorIndex index = VectorIndex::open(write("image-"));
  const vectors::ItemLines lines(ids_path(folder_ / "v.npy"));
  for (int64_t begin = 0; begin < kRows; begin += 100) {
    const auto items = lines.read(rows_from(begin, begin + 100), index);
    for (int64_t i = 0; i < 100; ++i)
      ASSERT_EQ(items[static_cast<size_t>(i)].id, "image-" + std::to_string(begin + i));
  }
  // A portion begins at the nearest remembered line, less than kStride before it.
  EXPECT_LE(lines.passed_lines(), kRows + kRows / 100 * vectors::ItemLines::kStride);

  const int64_t before = lines.passed_lines();
  const std::vector<int64_t> some = {3, 3, 2047, 2048, 4999};
  const auto items = lines.read(some, index);
  for (size_t i = 0; i < some.size(); ++i)
    EXPECT_EQ(items[i].id, "image-" + std::to_string(some[i]));
  EXPECT_LE(lines.passed_lines() - before, 4 * vectors::ItemLines::kStride);
}

TEST_F(ItemsInPortions, AReplacedFileIsReadAnew) {
  const VectorIndex index = VectorIndex::open(write("image-"));
  const vectors::ItemLines lines(ids_path(folder_ / "v.npy"));
  const std::vector<int64_t> last = {kRows - 1};
  EXPECT_EQ(lines.read(last, index)[0].id, "image-4999");
  write("a longer name than before-");
  EXPECT_EQ(lines.read(last, index)[0].id, "a longer name than before-4999");
}

TEST_F(ItemsInPortions, AMissingLineIsNamed) {
  const VectorIndex index = VectorIndex::open(write("image-"));
  const fs::path file = ids_path(folder_ / "v.npy");
  const vectors::ItemLines lines(file);
  const std::vector<int64_t> first = {0}, last = {kRows - 1};
  lines.read(last, index);
  fs::resize_file(file, fs::file_size(file) / 2);
  lines.read(first, index);
  expect_error(ErrorCode::invalid_data, "lines, expected one for row 4999",
               [&] { lines.read(last, index); });
}

TEST_F(ItemsInPortions, RowsOfTablesAreDecodedOnce) {
  if (!has_parquet()) GTEST_SKIP() << "this build reads no Parquet";
  const vectors::TableItems table({{0, 10, {}}, {10, kRows, write_table()}});
  for (int64_t begin = 0; begin < kRows; begin += 100) {
    const auto items = table.read(rows_from(begin + 10, begin + 110));
    for (int64_t i = 0; i < 100; ++i)
      ASSERT_EQ(items[static_cast<size_t>(i)].id, "key-" + std::to_string(begin + i));
  }
  EXPECT_EQ(table.decoded_rows(), kRows);
  const std::vector<int64_t> back = {0, 10, 10, 12};  // before the batch that is open
  const auto items = table.read(back);
  EXPECT_EQ(items[0].id, "0");
  EXPECT_EQ(items[1].id, "key-0");
  EXPECT_EQ(items[2].id, "key-0");
  EXPECT_EQ(items[3].id, "key-2");
}

}  // namespace
}  // namespace sightline
