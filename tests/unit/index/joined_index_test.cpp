// An index joined of parts, without some rows, is the index of the remaining rows.
#include <gtest/gtest.h>
#include <sightline/error.h>

#include <random>

#include "expect_error.h"
#include "index/row_numbers.h"
#include "index/segmented_index.h"

namespace sightline::index {
namespace {

using test::expect_error;

constexpr int64_t kDim = 8;

Matrix random_rows(int64_t rows, std::mt19937& random) {
  std::uniform_int_distribution<int> value(-3, 3);  // many equal similarities
  Matrix matrix(rows, kDim);
  for (float& x : matrix.values) x = static_cast<float>(value(random));
  return matrix;
}

TEST(RowNumbers, SkipRowsThatAreLeftOut) {
  const RowNumbers numbers({0, 1, 4, 9});
  const std::vector<int64_t> stored = {2, 3, 5, 6, 7, 8, 10, 11};
  std::vector<uint64_t> mask = {0};
  for (size_t row = 0; row < stored.size(); ++row) {
    const auto number = static_cast<int64_t>(row);
    EXPECT_EQ(numbers.stored(number), stored[row]);
    EXPECT_EQ(numbers.row(stored[row]), number);
    mask[0] = uint64_t{1} << row;
    EXPECT_EQ(numbers.stored_mask(mask, 8), std::vector<uint64_t>{uint64_t{1} << stored[row]});
  }
  EXPECT_TRUE(RowNumbers().all());
  EXPECT_EQ(RowNumbers().stored(7), 7);
}

TEST(JoinedIndex, HasTheHitsOfTheRemainingRows) {
  std::mt19937 random(1);
  for (const uint32_t left_out_of_8 : {0u, 1u, 4u, 8u}) {
    SCOPED_TRACE(left_out_of_8);
    std::vector<Matrix> arrays;
    for (const int64_t rows : {100, 0, 1, 700, 64}) arrays.push_back(random_rows(rows, random));
    auto parts = std::make_shared<std::vector<VectorIndex>>();
    std::vector<int64_t> left_out;
    Matrix remaining(0, kDim);
    int64_t stored = 0;
    for (const Matrix& array : arrays) {
      parts->push_back(VectorIndex::view(array));
      if (parts->size() % 2 == 0) parts->back().add(ScanType::int8);
      for (int64_t r = 0; r < array.rows; ++r, ++stored) {
        if (random() % 8 < left_out_of_8) {
          left_out.push_back(stored);
          continue;
        }
        remaining.values.insert(remaining.values.end(), array.row(r).begin(), array.row(r).end());
        ++remaining.rows;
      }
    }
    const VectorIndex joined = make_joined_index(parts, left_out);
    const VectorIndex plain = VectorIndex::view(remaining);
    ASSERT_EQ(joined.rows(), remaining.rows);
    EXPECT_EQ(joined.live_rows(), remaining.rows);
    EXPECT_EQ(joined.dim(), kDim);
    for (int64_t r = 0; r < remaining.rows; ++r)
      ASSERT_TRUE(std::ranges::equal(joined.row(r), remaining.row(r)));
    const Matrix queries = random_rows(5, random);
    std::vector<uint64_t> mask(static_cast<size_t>(remaining.rows + 63) / 64);
    for (uint64_t& word : mask) word = uint64_t{random()} << 32 | random();
    for (const bool masked : {false, true}) {
      SearchOptions options;
      options.k = 50;
      if (masked) options.allowed = mask;
      const auto found = joined.search(queries, options), expected = plain.search(queries, options);
      for (size_t q = 0; q < expected.size(); ++q) {
        ASSERT_EQ(found[q].size(), expected[q].size());
        for (size_t i = 0; i < expected[q].size(); ++i) {
          ASSERT_EQ(found[q][i].index, expected[q][i].index);
          ASSERT_EQ(found[q][i].similarity, expected[q][i].similarity);
        }
      }
    }
  }
}

TEST(JoinedIndex, IsOfPartsOfOneDimension) {
  const Matrix a(2, 3), b(2, 4);
  auto parts = std::make_shared<std::vector<VectorIndex>>();
  expect_error(ErrorCode::invalid_argument, "at least one part", [&] { make_joined_index(parts); });
  parts->push_back(VectorIndex::view(a));
  parts->push_back(VectorIndex::view(b));
  expect_error(ErrorCode::invalid_argument, "segment 1 has vectors of 4 elements",
               [&] { make_joined_index(parts); });
}

}  // namespace
}  // namespace sightline::index
