// Searches of several segments, with every table of kernels that this machine runs, against the
// plain loop over their live and allowed rows.
#include <gtest/gtest.h>
#include <sightline/error.h>

#include <limits>

#include "expect_error.h"
#include "index/exact_search.h"
#include "index/half_rows.h"
#include "index/segmented_index.h"
#include "made_segments.h"

namespace sightline {
namespace {

using index::RowType;
using test::expect_error;
using test::Kind;
using test::MadeSegments;

constexpr double kNone = -std::numeric_limits<double>::infinity();

// Checks every scan type that all segments have, and the smallest of each.
void check(const MadeSegments& made, int64_t dim, const std::vector<float>& queries, int64_t k,
           const std::vector<uint64_t>& mask, double min_similarity, const std::string& what) {
  const index::Segments segments(made.segments(), dim);
  index::SearchRequest request;
  request.queries = queries.data();
  request.count = static_cast<int64_t>(queries.size()) / dim;
  request.k = k;
  request.allowed = mask.empty() ? nullptr : mask.data();
  request.min_similarity = min_similarity;
  std::vector<std::vector<Hit>> expected;
  for (int64_t q = 0; q < request.count; ++q)
    expected.push_back(made.expected(queries.data() + q * dim, k, mask, min_similarity));
  std::vector<std::optional<RowType>> types = {std::nullopt};
  for (const RowType type : {RowType::f32, RowType::bf16, RowType::i8}) {
    if (segments.has(type)) types.push_back(type);
  }
  for (const auto* kernels : index::runnable_scan_kernels()) {
    for (const auto type : types) {
      request.type = type;
      index::SearchCounts counts;
      const auto hits = index::exact_search(segments, request, *kernels, counts);
      ASSERT_EQ(hits.size(), expected.size());
      for (size_t q = 0; q < hits.size(); ++q) {
        test::expect_equal_hits(hits[q], expected[q],
                                what + ", " + std::string(kernels->name) + ", type " +
                                    (type ? std::to_string(static_cast<int>(*type)) : "any") +
                                    ", query " + std::to_string(q));
        if (testing::Test::HasFatalFailure()) return;
      }
    }
  }
}

// Segments whose means, lengths and precisions differ, some empty or without live rows, with rows
// of earlier segments among their own.
MadeSegments random_segments(Random& random, int64_t dim, Kind kind, std::string& what) {
  MadeSegments made(dim);
  const auto count = static_cast<int>(1 + random.below(6));
  const bool codes = random.below(2) == 0;
  for (int s = 0; s < count; ++s) {
    const auto rows = static_cast<int64_t>(
        random.below(5) == 0 ? 0 : random.below(random.below(3) == 0 ? 70 : 1500));
    auto values =
        test::make_rows(random.below(3) == 0 ? Kind::unit : kind, rows, dim, random.next());
    const auto factor =
        static_cast<float>((random.below(2) == 0 ? 1 : -1) *
                           (random.below(2) == 0 ? 1 : std::pow(10, random.uniform(-2, 1))));
    for (float& x : values) x *= factor;
    for (int64_t i = 0; made.rows() > 0 && i < rows;
         i += 1 + static_cast<int64_t>(random.below(40))) {
      const auto from = static_cast<int64_t>(random.below(static_cast<uint64_t>(made.rows())));
      std::copy_n(made.values().begin() + from * dim, dim, values.begin() + i * dim);
    }
    MadeSegments::Options options;
    options.half = random.below(2) == 0;
    options.i8 = codes || random.below(2) == 0;
    options.bf16 = random.below(2) == 0;
    options.live = random.below(2) == 0 ? 1 : random.below(6) == 0 ? 0 : random.uniform();
    what += ", " + std::to_string(rows) + (options.half ? " f16" : " f32") +
            (options.i8 ? " int8" : "") + (options.live < 1 ? " dead rows" : "");
    made.add(std::move(values), options, random.next());
  }
  return made;
}

TEST(SegmentedSearch, EqualsThePlainLoop) {
  Random random({1414});
  for (int round = 0; round < 60; ++round) {
    const auto dim = static_cast<int64_t>(1 + random.below(round % 3 == 0 ? 8 : 100));
    const Kind kind = test::kKinds[random.below(std::size(test::kKinds))];
    std::string what = "round " + std::to_string(round) + ": kind " +
                       std::to_string(static_cast<int>(kind)) + ", dim " + std::to_string(dim);
    const MadeSegments made = random_segments(random, dim, kind, what);
    const auto k = static_cast<int64_t>(1 + random.below(round % 4 == 0 ? 3000 : 20));
    const auto count = static_cast<int64_t>(1 + random.below(round % 5 == 0 ? 50 : 6));
    const auto queries =
        test::make_rows(random.below(2) == 0 ? kind : Kind::unit, count, dim, random.next());
    const double selectivity = std::pow(10, random.uniform(-5, 0));
    const auto mask = random.below(4) == 0
                          ? std::vector<uint64_t>()
                          : test::make_mask(made.rows(), selectivity, random.next());
    double min_similarity = kNone;
    if (random.below(2) == 0) {
      const auto hits = made.expected(queries.data(), made.rows(), {}, kNone);
      if (!hits.empty()) min_similarity = hits[random.below(hits.size())].similarity;
    }
    what += "; k " + std::to_string(k) + ", " + std::to_string(count) + " queries, " +
            (mask.empty() ? "no mask" : "selectivity " + std::to_string(selectivity)) +
            (min_similarity == kNone ? "" : ", threshold");
    check(made, dim, queries, k, mask, min_similarity, what);
    if (HasFatalFailure()) return;
  }
}

TEST(SegmentedSearch, EqualRowsOfSeveralSegmentsComeInTheirOrder) {
  // More equal rows than any list of candidates holds; a better one stands in the last segment.
  const int64_t dim = 24, rows = 5000;
  std::vector<float> one = test::make_rows(Kind::unit, 1, dim, 1);
  for (float& x : one) x = half_to_float(float_to_half(x));
  MadeSegments made(dim);
  for (int s = 0; s < 4; ++s) {
    std::vector<float> values;
    for (int64_t i = 0; i < rows; ++i) values.insert(values.end(), one.begin(), one.end());
    if (s == 3) values[static_cast<size_t>((rows - 1) * dim)] += one[0] > 0 ? 0.01f : -0.01f;
    MadeSegments::Options options;
    options.half = s % 2 == 1;
    options.i8 = true;
    options.live = s == 0 ? 0.4 : 1;
    made.add(std::move(values), options, 5);
  }
  check(made, dim, one, 7, {}, kNone, "equal rows");
  check(made, dim, one, 7, test::make_mask(made.rows(), 0.3, 8), kNone, "some equal rows");
}

TEST(SegmentedSearch, BoundsAreThoseOfTheSegment) {
  // The errors of estimates in one segment are a millionth of those in the next, so the rows that
  // only just reach the threshold would be lost with the bounds of another segment.
  const int64_t dim = 64;
  MadeSegments made(dim);
  for (uint64_t s = 0; s < 6; ++s) {
    auto values = test::make_rows(Kind::unit, 400, dim, 30 + s);
    for (float& x : values) x *= s % 2 == 0 ? 1e-3f : 1e3f;
    MadeSegments::Options options;
    options.half = s == 3;
    options.i8 = options.bf16 = true;
    made.add(std::move(values), options, s);
  }
  for (uint64_t q = 0; q < 40; ++q) {
    const auto query = test::make_rows(Kind::unit, 1, dim, 50 + q);
    const auto all = made.expected(query.data(), made.rows(), {}, kNone);
    check(made, dim, query, made.rows(), {}, all[q].similarity,
          "threshold of hit " + std::to_string(q));
    if (HasFatalFailure()) return;
  }
}

TEST(SegmentedSearch, HugeNumbersInOneSegmentAreAnsweredInDouble) {
  const int64_t dim = 20;
  MadeSegments made(dim);
  MadeSegments::Options codes;
  codes.i8 = true;
  codes.live = 0.7;
  made.add(test::make_rows(Kind::unit, 1000, dim, 1), codes, 1);
  auto huge = test::make_rows(Kind::unit, 1000, dim, 2);
  for (float& x : huge) x *= 1e36f;
  made.add(std::move(huge), codes, 2);
  auto queries = test::make_rows(Kind::unit, 12, dim, 6);
  for (size_t i = 0; i < queries.size(); ++i) queries[i] *= i < 40 ? 1e37f : 1e-37f;
  check(made, dim, queries, 5, {}, kNone, "huge numbers");
  check(made, dim, queries, 5, test::make_mask(made.rows(), 0.2, 1), 0, "huge numbers, allowed");
}

TEST(SegmentedSearch, ManySmallSegmentsAreOneIndex) {
  const int64_t dim = 48;
  MadeSegments made(dim);
  MadeSegments::Options codes;
  codes.i8 = true;
  for (uint64_t s = 0; s < 90; ++s)
    made.add(test::make_rows(Kind::unit, 13, dim, 100 + s), codes, s);
  check(made, dim, test::make_rows(Kind::unit, 1, dim, 1), 10, {}, kNone, "one query");
  check(made, dim, test::make_rows(Kind::unit, 40, dim, 1), 10, {}, kNone, "many queries");
}

TEST(SegmentedSearch, FewAllowedRowsAreNotScanned) {
  const int64_t dim = 16, rows = 60000;
  MadeSegments made(dim);
  MadeSegments::Options codes;
  codes.i8 = true;
  for (uint64_t s = 0; s < 3; ++s)
    made.add(test::make_rows(Kind::unit, rows / 3, dim, s), codes, s);
  const index::Segments segments(made.segments(), dim);
  const auto query = test::make_rows(Kind::unit, 1, dim, 9);
  const auto scanned = [&](double selectivity) {
    const auto mask = test::make_mask(rows, selectivity, 3);
    index::SearchRequest request;
    request.queries = query.data();
    request.count = 1;
    request.allowed = mask.data();
    index::SearchCounts counts;
    index::exact_search(segments, request, index::scan_kernels(), counts);
    return counts;
  };
  EXPECT_EQ(scanned(0).rescored, 0);
  EXPECT_EQ(scanned(1e-3).scanned, 0);
  EXPECT_LE(scanned(1e-3).rescored, 100);
  EXPECT_NEAR(static_cast<double>(scanned(1e-2).scanned), 600, 150);
  EXPECT_EQ(scanned(1).scanned, rows);
}

TEST(SegmentedIndex, IsAVectorIndex) {
  const int64_t dim = 12;
  auto made = std::make_shared<MadeSegments>(dim);
  MadeSegments::Options half, full;
  half.half = half.i8 = full.i8 = true;
  half.live = 0.5;
  made->add(test::make_rows(Kind::unit, 300, dim, 1), full, 1);
  made->add(test::make_rows(Kind::unit, 0, dim, 1), {}, 1);
  made->add(test::make_rows(Kind::unit, 200, dim, 2), half, 2);
  const std::weak_ptr<MadeSegments> alive = made;
  const MadeSegments expected = [&] {
    MadeSegments copy(dim);
    copy.add(test::make_rows(Kind::unit, 300, dim, 1), full, 1);
    copy.add(test::make_rows(Kind::unit, 200, dim, 2), half, 2);
    return copy;
  }();
  {
    auto segments = made->segments();
    VectorIndex index = index::make_segmented_index(std::move(segments), dim, std::move(made));
    EXPECT_FALSE(alive.expired());
    EXPECT_EQ(index.rows(), 500);
    int64_t live = 0;
    for (const uint64_t word : expected.live({})) live += __builtin_popcountll(word);
    EXPECT_EQ(index.live_rows(), live);
    EXPECT_LT(live, 500);
    EXPECT_TRUE(index.has(ScanType::int8));
    EXPECT_FALSE(index.has(ScanType::bf16));
    std::vector<float> row(dim);
    for (const int64_t i : {0, 299, 300, 499}) {
      index.copy_row(i, row);
      EXPECT_TRUE(std::equal(row.begin(), row.end(), expected.values().begin() + i * dim)) << i;
    }
    EXPECT_TRUE(
        std::ranges::equal(index.row(299), std::span(expected.values()).subspan(299 * dim, dim)));
    expect_error(ErrorCode::invalid_argument, "row 300 is stored in half precision",
                 [&] { index.row(300); });
    expect_error(ErrorCode::invalid_argument, "does not fit", [&] { index.copy_row(0, {}); });
    expect_error(ErrorCode::invalid_argument, "cannot be quantized",
                 [&] { index.add(ScanType::bf16); });
    const auto query = test::make_rows(Kind::unit, 1, dim, 4);
    SearchStatistics statistics;
    test::expect_equal_hits(index.search(query, 1, {.k = 9}, &statistics)[0],
                            expected.expected(query.data(), 9, {}, kNone), "index");
    EXPECT_EQ(statistics.scan, ScanType::int8);
    const std::vector<uint64_t> mask(7, ~uint64_t{0});
    expect_error(ErrorCode::invalid_argument, "500 rows need 8",
                 [&] { index.search(query, 1, {.k = 9, .allowed = mask}); });
  }
  EXPECT_TRUE(alive.expired());
}

TEST(SegmentedIndex, WithoutSegmentsHasNoHits) {
  const VectorIndex index = index::make_segmented_index({}, 8, nullptr);
  EXPECT_EQ(index.rows(), 0);
  EXPECT_EQ(index.dim(), 8);
  EXPECT_EQ(index.live_rows(), 0);
  EXPECT_TRUE(index.search(std::vector<float>(8, 1.f), 1)[0].empty());
}

TEST(SegmentedIndex, SegmentsThatDoNotFitAreNamed) {
  const std::vector<float> values(40, 1.f);
  index::IndexSegment good, bad;
  good.full = {values.data(), 5, 8, 3};
  bad.full = {values.data(), 4, 10, 4};
  expect_error(ErrorCode::invalid_argument, "segment 1 has vectors of 10 elements", [&] {
    index::make_segmented_index({good, bad}, 8, nullptr);
  });
  bad.full = {nullptr, 5, 8, 3};
  expect_error(ErrorCode::invalid_argument, "segment 1 has vectors in no precision", [&] {
    index::make_segmented_index({good, bad}, 8, nullptr);
  });
}

TEST(HalfRows, EveryFiniteNumberIsWidened) {
  std::vector<uint16_t> bits;
  for (uint32_t b = 0; b < 0x10000; ++b) {
    if ((b & 0x7c00u) != 0x7c00u) bits.push_back(static_cast<uint16_t>(b));
  }
  std::vector<float> values(bits.size());
  index::widen(bits.data(), static_cast<int64_t>(bits.size()), values.data());
  for (size_t i = 0; i < bits.size(); ++i) {
    ASSERT_EQ(std::bit_cast<uint32_t>(values[i]), std::bit_cast<uint32_t>(half_to_float(bits[i])))
        << bits[i];
  }
}

}  // namespace
}  // namespace sightline
