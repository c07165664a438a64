// Searches among some of the rows: every scan against the plain loop over the allowed rows.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/index.h>

#include <limits>

#include "expect_error.h"
#include "reference.h"

namespace sightline {
namespace {

using test::expect_error;
using test::Kind;
using test::make_mask;

constexpr double kNone = -std::numeric_limits<double>::infinity();

class FilteredSearch : public testing::Test {
 protected:
  void make(Kind kind, int64_t rows, int64_t dim, uint64_t seed) {
    dim_ = dim;
    values_ = test::make_rows(kind, rows, dim, seed);
    index_ = std::make_unique<VectorIndex>(VectorIndex::view(values_, rows, dim));
    index_->add(ScanType::int8);
    index_->add(ScanType::bf16);
  }

  void check(const std::vector<float>& queries, int k, const std::vector<uint64_t>& mask,
             double min_similarity, const std::string& what) const {
    const auto count = static_cast<int64_t>(queries.size()) / dim_;
    for (const ScanType scan : {ScanType::fp32, ScanType::bf16, ScanType::int8}) {
      const auto hits = index_->search(queries, count, {k, scan, mask, min_similarity});
      ASSERT_EQ(static_cast<int64_t>(hits.size()), count);
      for (int64_t q = 0; q < count; ++q) {
        test::expect_equal_hits(
            hits[static_cast<size_t>(q)],
            test::reference_search(values_, dim_, queries.data() + q * dim_, k, mask,
                                   min_similarity),
            what + ", " + std::string(scan_type_name(scan)) + ", query " + std::to_string(q));
        if (HasFatalFailure()) return;
      }
    }
  }

  int64_t dim_ = 0;
  std::vector<float> values_;
  std::unique_ptr<VectorIndex> index_;
};

TEST_F(FilteredSearch, EqualsThePlainLoop) {
  Random random({77});
  for (int round = 0; round < 80; ++round) {
    const auto rows = static_cast<int64_t>(1 + random.below(2500));
    const auto dim = static_cast<int64_t>(1 + random.below(round % 3 == 0 ? 6 : 90));
    const auto k = static_cast<int>(1 + random.below(round % 4 == 0 ? 3000 : 20));
    const auto count = static_cast<int64_t>(1 + random.below(round % 5 == 0 ? 60 : 9));
    const Kind kind = test::kKinds[random.below(std::size(test::kKinds))];
    make(kind, rows, dim, random.next());
    const auto queries = test::make_rows(kind, count, dim, random.next());
    const double selectivity = std::pow(10, random.uniform(-4, 0));
    const auto mask =
        round % 4 == 1 ? std::vector<uint64_t>() : make_mask(rows, selectivity, random.next());
    double min_similarity = kNone;
    if (round % 2 == 0) {  // often that of a row, which then is a hit
      const auto all = test::reference_search(values_, dim, queries.data(), rows);
      min_similarity = all[random.below(all.size())].similarity;
      if (round % 6 == 0) min_similarity = std::nextafter(min_similarity, HUGE_VAL);
    }
    check(queries, k, mask, min_similarity,
          "round " + std::to_string(round) + ": kind " + std::to_string(static_cast<int>(kind)) +
              ", " + std::to_string(rows) + " x " + std::to_string(dim) + ", k " +
              std::to_string(k) + ", selectivity " + std::to_string(selectivity));
    if (HasFatalFailure()) return;
  }
}

TEST_F(FilteredSearch, FewerAllowedRowsThanKAreAllFound) {
  make(Kind::unit, 5000, 40, 1);
  std::vector<uint64_t> mask((5000 + 63) / 64);
  for (const int64_t row : {7, 64, 4999})
    mask[static_cast<size_t>(row / 64)] |= uint64_t{1} << (row % 64);
  const auto query = test::make_rows(Kind::unit, 1, 40, 2);
  check(query, 10, mask, kNone, "three rows");
  EXPECT_EQ(index_->search(query, 1, {.k = 10, .allowed = mask})[0].size(), 3u);
}

TEST_F(FilteredSearch, AMaskWithoutRowsGivesNoHits) {
  make(Kind::unit, 3000, 40, 1);
  const std::vector<uint64_t> mask((3000 + 63) / 64);
  const auto queries = test::make_rows(Kind::unit, 30, 40, 2);
  const auto hits = index_->search(queries, 30, {.k = 5, .allowed = mask});
  ASSERT_EQ(hits.size(), 30u);
  for (const auto& found : hits) EXPECT_TRUE(found.empty());
}

TEST_F(FilteredSearch, BetterRowsThatAreNotAllowedHideNothing) {
  // More rows equal to the query than a list of candidates holds, none of them allowed.
  make(Kind::unit, 20000, 24, 1);
  const std::vector<float> query(values_.begin(), values_.begin() + 24);
  std::vector<uint64_t> mask((20000 + 63) / 64);
  for (int64_t i = 0; i < 20000; ++i) {
    if (i % 50 == 3) mask[static_cast<size_t>(i / 64)] |= uint64_t{1} << (i % 64);
    if (i % 50 != 3) std::copy(query.begin(), query.end(), values_.begin() + i * 24);
  }
  const auto values = values_;
  index_ = std::make_unique<VectorIndex>(VectorIndex::view(values, 20000, 24));
  index_->add(ScanType::int8);
  index_->add(ScanType::bf16);
  check(query, 9, mask, kNone, "masked duplicates");
}

TEST_F(FilteredSearch, ThresholdsAtTheEndsOfTheRange) {
  make(Kind::unit, 900, 16, 1);
  const auto query = test::make_rows(Kind::unit, 2, 16, 2);
  const double huge = std::numeric_limits<double>::max();
  for (const double threshold :
       {-huge, -1e30, -1.5, 0.0, 1.5, 1e30, huge, std::numeric_limits<double>::infinity()})
    check(query, 2000, {}, threshold, "threshold " + std::to_string(threshold));
}

TEST_F(FilteredSearch, HugeNumbersAreFilteredInDouble) {
  auto values = test::make_rows(Kind::unit, 2000, 20, 5);
  for (float& x : values) x *= 1e36f;
  values_ = values;
  dim_ = 20;
  index_ = std::make_unique<VectorIndex>(VectorIndex::view(values_, 2000, 20));
  index_->add(ScanType::int8);
  index_->add(ScanType::bf16);
  auto queries = test::make_rows(Kind::unit, 12, 20, 6);
  for (size_t i = 0; i < queries.size(); ++i) queries[i] *= i < 40 ? 1e37f : 1e-37f;
  check(queries, 4, make_mask(2000, 0.01, 3), kNone, "huge numbers");
  check(queries, 2000, make_mask(2000, 0.5, 3), 0.1, "huge numbers above 0.1");
}

TEST_F(FilteredSearch, WrongFiltersAreNamed) {
  make(Kind::unit, 700, 16, 1);
  const auto query = test::make_rows(Kind::unit, 1, 16, 2);
  for (const size_t words : {size_t{1}, size_t{10}, size_t{12}}) {
    const std::vector<uint64_t> mask(words, ~uint64_t{0});
    expect_error(ErrorCode::invalid_argument, "700 rows need 11",
                 [&] { index_->search(query, 1, {.k = 5, .allowed = mask}); });
  }
  const double nan = std::numeric_limits<double>::quiet_NaN();
  expect_error(ErrorCode::invalid_argument, "NaN",
               [&] { index_->search(query, 1, {.k = 5, .min_similarity = nan}); });
}

}  // namespace
}  // namespace sightline
