// Counts of rows that reach a threshold, of every table of kernels, against plain loops in double.
#include "index/count_reaching.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "index/quantize.h"
#include "reference.h"

namespace sightline {
namespace {

double dot(const float* a, const float* b, int64_t dim) {
  double sum = 0;
  for (int64_t d = 0; d < dim; ++d) sum += static_cast<double>(a[d]) * b[d];
  return sum;
}

// Thresholds are similarities that occur, so that ties decide; one query has none.
void expect_exact_counts(const std::vector<float>& rows, const std::vector<float>& queries,
                         int64_t dim, const std::string& what) {
  const auto count = static_cast<int64_t>(rows.size()) / dim;
  const auto asked = static_cast<int64_t>(queries.size()) / dim;
  const index::FullRows full{rows.data(), count, dim,
                             index::checked_max_norm(rows.data(), count, dim, "rows")};
  std::vector<size_t> begin = {0};
  std::vector<double> thresholds;
  std::vector<int64_t> expected, wanted;
  for (int64_t q = 0; q < asked; ++q) {
    const float* query = queries.data() + q * dim;
    for (int64_t t = 0; t < q % 4; ++t) {
      thresholds.push_back(dot(query, full.row((q * 7 + t * 13) % count), dim));
      int64_t reached = 0;
      for (int64_t r = 0; r < count; ++r)
        reached += dot(query, full.row(r), dim) >= thresholds.back();
      expected.push_back(q == 5 ? -1 : reached);
    }
    begin.push_back(thresholds.size());
    if (q != 5) wanted.push_back(q);  // one query is not asked
  }
  for (const auto* kernels : index::runnable_scan_kernels()) {
    std::vector<int64_t> reached(thresholds.size(), -1);
    index::count_reaching(full, queries.data(), wanted, {begin, thresholds}, *kernels, reached);
    EXPECT_EQ(reached, expected) << what << " " << kernels->name;
  }
}

TEST(CountReaching, IsExactForEveryDistribution) {
  for (const test::Kind kind : test::kKinds) {
    for (const int64_t dim : {1, 19, 64}) {
      const auto rows = test::make_rows(kind, 333, dim, 1);
      expect_exact_counts(rows, test::make_rows(kind, 150, dim, 2), dim,
                          std::to_string(static_cast<int>(kind)) + " x " + std::to_string(dim));
    }
  }
}

TEST(CountReaching, IsExactForQueriesThatFloatCannotHold) {
  auto queries = test::make_rows(test::Kind::unit, 10, 8, 3);
  for (size_t i = 0; i < 8; ++i) queries[3 * 8 + i] *= 3e38f;
  for (size_t i = 0; i < 8; ++i) queries[7 * 8 + i] = 3e38f;  // estimates overflow to infinity
  expect_exact_counts(test::make_rows(test::Kind::unit, 100, 8, 4), queries, 8, "huge");
}

}  // namespace
}  // namespace sightline
