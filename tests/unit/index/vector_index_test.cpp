// VectorIndex: files, quantized vectors, and rejected input.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/index.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <limits>

#include "base/file.h"
#include "base/npy.h"
#include "expect_error.h"
#include "reference.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::Kind;

class VectorIndexTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("sightline_index_test." + std::to_string(::getpid()));
    fs::create_directories(folder_);
    npy_ = folder_ / "v.npy";
    values_ = test::make_rows(Kind::unit, kRows, kDim, 1);
    write(values_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::vector<float>& values) const {
    const int64_t shape[] = {static_cast<int64_t>(values.size()) / kDim, kDim};
    write_npy(npy_, std::span<const float>(values), shape);
  }

  void write_quantized() const {
    VectorIndex index = VectorIndex::open_vectors(npy_);
    index.add(ScanType::int8);
    index.add(ScanType::bf16);
    EXPECT_EQ(index.save(), folder_ / "v.quantized");
  }

  void expect_right(const VectorIndex& index, ScanType scan,
                    const std::vector<float>& values) const {
    const auto query = test::make_rows(Kind::unit, 1, kDim, 2);
    SearchStatistics statistics;
    const auto hits = index.search(query, 1, {6, scan}, &statistics);
    const auto expected = test::reference_search(values, kDim, query.data(), 6);
    ASSERT_EQ(hits.size(), 1u);
    ASSERT_EQ(hits[0].size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(hits[0][i].index, expected[i].index);
      EXPECT_EQ(hits[0][i].similarity, expected[i].similarity);
    }
    if (scan != ScanType::best) {
      EXPECT_EQ(statistics.scan, scan);
    }
  }

  // The quantized vectors are not used for the reason `part`, and the hits are right.
  void expect_ignored(const std::string& part, const std::vector<float>& values) const {
    const VectorIndex index = VectorIndex::open(npy_);
    EXPECT_FALSE(index.has(ScanType::int8));
    ASSERT_EQ(index.warnings().size(), 1u);
    EXPECT_NE(index.warnings()[0].find(part), std::string::npos) << index.warnings()[0];
    expect_right(index, ScanType::best, values);
  }

  std::string bytes(const fs::path& path) const { return read_text_file(path); }

  static constexpr int64_t kRows = 700, kDim = 37;
  fs::path folder_, npy_;
  std::vector<float> values_;
};

TEST_F(VectorIndexTest, MapsVectorsAndQuantizedVectors) {
  const VectorIndex plain = VectorIndex::open(npy_);
  EXPECT_EQ(plain.rows(), kRows);
  EXPECT_EQ(plain.dim(), kDim);
  EXPECT_EQ(plain.row(3)[5], values_[3 * kDim + 5]);
  EXPECT_TRUE(plain.has(ScanType::fp32) && plain.has(ScanType::best));
  EXPECT_FALSE(plain.has(ScanType::int8) || plain.has(ScanType::bf16));
  EXPECT_TRUE(plain.warnings().empty());
  write_quantized();
  const VectorIndex index = VectorIndex::open(npy_);
  EXPECT_TRUE(index.has(ScanType::int8) && index.has(ScanType::bf16));
  EXPECT_TRUE(index.warnings().empty());
  for (const ScanType scan : {ScanType::fp32, ScanType::bf16, ScanType::int8, ScanType::best})
    expect_right(index, scan, values_);
  SearchStatistics statistics;
  index.search(test::make_rows(Kind::unit, 1, kDim, 2), 1, {}, &statistics);
  EXPECT_EQ(statistics.scan, ScanType::int8);
}

TEST_F(VectorIndexTest, QuantizedVectorsOfAnotherArrayAreNotUsed) {
  write_quantized();
  auto other = values_;
  other[100 * kDim] = 5;
  write(other);
  expect_ignored("has changed since it was made", other);
  other.resize(static_cast<size_t>(600 * kDim));
  write(other);
  expect_ignored("has changed since it was made", other);
}

TEST_F(VectorIndexTest, ACopyOfTheFileIsIdentifiedByItsContent) {
  write_quantized();
  write(values_);  // the same bytes at another time
  fs::last_write_time(npy_, fs::last_write_time(npy_) - std::chrono::hours(5));
  const VectorIndex index = VectorIndex::open(npy_);
  EXPECT_TRUE(index.has(ScanType::int8));
  EXPECT_TRUE(index.warnings().empty());
}

TEST_F(VectorIndexTest, DamagedQuantizedVectorsAreNotUsed) {
  write_quantized();
  const fs::path file = folder_ / "v.quantized";
  const std::string good = bytes(file);
  write_file_atomic(file, std::string_view("short"));
  expect_ignored("not a file of quantized vectors", values_);
  write_file_atomic(file, std::string_view(good).substr(0, good.size() - 100));
  expect_ignored("it is cut off", values_);
  for (const size_t at : {size_t{9}, size_t{20}, size_t{81}, size_t{100}, size_t{870}}) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x40);
    write_file_atomic(file, std::string_view(bad));
    expect_ignored(at == 9 ? "version" : "it is damaged", values_);
  }
  // A residual that is too small would make hits disappear.
  std::string bad = good;
  bad[good.size() - 1] = static_cast<char>(bad[good.size() - 1] ^ 1);
  write_file_atomic(file, std::string_view(bad));
  expect_ignored("it is damaged", values_);
}

TEST_F(VectorIndexTest, UnreadableQuantizedVectorsAreNotUsed) {
  const fs::path file = folder_ / "v.quantized";
  fs::create_directory(file);
  expect_ignored("not a regular file", values_);
  fs::remove(file);
  fs::create_symlink("nowhere", file);
  EXPECT_TRUE(VectorIndex::open(npy_).warnings().empty());
  fs::remove(file);
  write_quantized();
  fs::permissions(file, fs::perms::none);
  if (::geteuid() != 0) expect_ignored("Permission denied", values_);
}

TEST_F(VectorIndexTest, SaveReplacesOnlyQuantizedVectors) {
  const fs::path file = folder_ / "v.quantized";
  write_file_atomic(file, std::string_view("IxFI, of another program"));
  expect_error(ErrorCode::invalid_argument, "is not a file of quantized vectors",
               [&] { write_quantized(); });
  expect_error(ErrorCode::invalid_argument, "is not a file of quantized vectors",
               [&] { VectorIndex::check_quantized_path(npy_); });
  EXPECT_EQ(bytes(file), "IxFI, of another program");
  write_file_atomic(file, std::string_view());
  write_quantized();
  write_quantized();
}

TEST_F(VectorIndexTest, SaveDoesNotReplaceTheVectors) {
  for (const bool link : {false, true}) {
    fs::create_directory(folder_ / "odd");
    const fs::path vectors = folder_ / "odd" / (link ? "v.npy" : "v.quantized");
    fs::copy(npy_, vectors);
    if (link) fs::create_symlink("v.npy", folder_ / "odd" / "v.quantized");
    VectorIndex index = VectorIndex::open(vectors);
    index.add(ScanType::int8);
    expect_error(ErrorCode::invalid_argument, "would replace the vectors", [&] { index.save(); });
    EXPECT_EQ(bytes(vectors), bytes(npy_));
    fs::remove_all(folder_ / "odd");
  }
  fs::rename(npy_, folder_ / "v.quantized");
  EXPECT_TRUE(VectorIndex::open(folder_ / "v.quantized").warnings().empty());
}

TEST_F(VectorIndexTest, QuantizedVectorsOfAReplacedFileAreNotWritten) {
  auto other = values_;
  other[5] = 3;
  const auto change = [&](bool in_place) {
    if (!in_place) return write(other);  // another file under the name
    std::fstream(npy_, std::ios::in | std::ios::out | std::ios::binary)
        .seekp(-4, std::ios::end)
        .write("abcd", 4);
    fs::last_write_time(npy_, fs::last_write_time(npy_) + std::chrono::seconds(1));
  };
  for (const bool in_place : {false, true}) {
    VectorIndex index = VectorIndex::open_vectors(npy_);
    index.add(ScanType::int8);
    change(in_place);
    expect_error(ErrorCode::invalid_argument, "changed while its vectors were quantized",
                 [&] { index.save(); });
    EXPECT_FALSE(fs::exists(folder_ / "v.quantized"));
  }
}

TEST_F(VectorIndexTest, NaNAndInfinityAreRejectedWithTheirRow) {
  for (const float odd :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    auto values = values_;
    values[613 * kDim + 36] = odd;
    values[650 * kDim] = odd;
    write(values);
    expect_error(ErrorCode::invalid_data, "row 613", [&] { VectorIndex::open(npy_); });
    expect_error(ErrorCode::invalid_data, "row 613",
                 [&] { VectorIndex::view(values, kRows, kDim); });
    const VectorIndex index = VectorIndex::view(values_, kRows, kDim);
    std::vector<float> query(2 * kDim, 0.1f);
    query[kDim + 3] = odd;
    expect_error(ErrorCode::invalid_argument, "query 1 has", [&] { index.search(query, 2); });
  }
}

TEST_F(VectorIndexTest, FilesThatHoldNoVectorsAreRejected) {
  const int64_t flat[] = {kRows * kDim};
  write_npy(npy_, std::span<const float>(values_), flat);
  expect_error(ErrorCode::invalid_data, "vectors are (N, D)", [&] { VectorIndex::open(npy_); });
  const std::vector<int32_t> whole(12);
  const int64_t shape[] = {3, 4};
  write_npy(npy_, std::span<const int32_t>(whole), shape);
  expect_error(ErrorCode::unsupported, "'<i4'", [&] { VectorIndex::open(npy_); });
  write(values_);
  const std::string good = bytes(npy_);
  write_file_atomic(npy_, std::string_view(good).substr(0, good.size() - 4));
  expect_error(ErrorCode::invalid_data, "not a whole .npy file", [&] { VectorIndex::open(npy_); });
  write_file_atomic(npy_, std::string_view(""));
  expect_error(ErrorCode::invalid_data, "not a .npy file", [&] { VectorIndex::open(npy_); });
  expect_error(ErrorCode::not_found, "no.npy", [&] { VectorIndex::open(folder_ / "no.npy"); });
}

TEST_F(VectorIndexTest, NoRowsGiveNoHits) {
  write({});
  write_quantized();
  const VectorIndex index = VectorIndex::open(npy_);
  EXPECT_EQ(index.rows(), 0);
  EXPECT_TRUE(index.has(ScanType::int8));
  for (const ScanType scan : {ScanType::fp32, ScanType::bf16, ScanType::int8}) {
    const auto hits = index.search(std::vector<float>(2 * kDim, 1.f), 2, {3, scan});
    ASSERT_EQ(hits.size(), 2u);
    EXPECT_TRUE(hits[0].empty() && hits[1].empty());
  }
  EXPECT_TRUE(index.search({}, 0).empty());
}

TEST_F(VectorIndexTest, WrongArgumentsAreNamed) {
  VectorIndex index = VectorIndex::view(values_, kRows, kDim);
  const std::vector<float> query(kDim, 1.f);
  expect_error(ErrorCode::invalid_argument, "k of at least 1", [&] {
    index.search(query, 1, {0, ScanType::fp32});
  });
  expect_error(ErrorCode::invalid_argument, "are not 2 queries", [&] { index.search(query, 2); });
  expect_error(ErrorCode::invalid_argument, "no int8 vectors", [&] {
    index.search(query, 1, {1, ScanType::int8});
  });
  expect_error(ErrorCode::invalid_argument, "not a type of quantized vectors",
               [&] { index.add(ScanType::fp32); });
  expect_error(ErrorCode::invalid_argument, "only where the vectors were opened from a file",
               [&] { index.save(); });
  expect_error(ErrorCode::invalid_argument, "are not 701 rows",
               [&] { VectorIndex::view(values_, kRows + 1, kDim); });
  EXPECT_EQ(index.search(query, 1, {5000, ScanType::fp32})[0].size(), static_cast<size_t>(kRows));
  const std::vector<float> wide(40000, 0.01f);
  VectorIndex wide_index = VectorIndex::view(wide, 1, 40000);
  expect_error(ErrorCode::unsupported, "40000 elements", [&] { wide_index.add(ScanType::int8); });
  wide_index.add(ScanType::bf16);
  EXPECT_EQ(wide_index.search(wide, 1)[0].size(), 1u);
}

}  // namespace
}  // namespace sightline
