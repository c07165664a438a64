// Every scan, with every table of kernels that this machine runs, against the plain loop: the same
// rows, the same order, the same bits.
#include <gtest/gtest.h>

#include <string>

#include "index/exact_search.h"
#include "index/quantize.h"
#include "reference.h"

namespace sightline {
namespace {

using index::RowType;
using test::Kind;

const char* type_text(RowType type) {
  return type == RowType::f32 ? "fp32" : type == RowType::bf16 ? "bf16" : "int8";
}

class Case {
 public:
  Case(std::vector<float> values, int64_t dim) : values_(std::move(values)), dim_(dim) {
    const auto rows = static_cast<int64_t>(values_.size()) / dim;
    const index::FullRows full{values_.data(), rows, dim,
                               index::checked_max_norm(values_.data(), rows, dim, "rows")};
    codes_ = index::quantize(full, RowType::i8);
    rounded_ = index::quantize(full, RowType::bf16);
    index::IndexSegment segment;
    segment.full = full;
    segment.i8 = codes_.view();
    segment.bf16 = rounded_.view();
    segments_ = index::Segments({segment}, dim);
  }

  void check(const std::vector<float>& queries, int64_t k, const std::string& what) {
    const auto count = static_cast<int64_t>(queries.size()) / dim_;
    std::vector<std::vector<Hit>> expected;
    for (int64_t q = 0; q < count; ++q) {
      expected.push_back(test::reference_search(values_, dim_, queries.data() + q * dim_, k));
    }
    for (const auto* kernels : index::runnable_scan_kernels()) {
      for (const RowType type : {RowType::f32, RowType::bf16, RowType::i8}) {
        index::SearchRequest request;
        request.queries = queries.data();
        request.count = count;
        request.k = k;
        request.type = type;
        index::SearchCounts counts;
        const auto hits = index::exact_search(segments_, request, *kernels, counts);
        const std::string where = what + ", " + std::string(kernels->name) + ", " + type_text(type);
        ASSERT_EQ(hits.size(), expected.size()) << where;
        for (size_t q = 0; q < hits.size(); ++q) {
          test::expect_equal_hits(hits[q], expected[q], where + ", query " + std::to_string(q));
          if (testing::Test::HasFatalFailure()) return;
        }
        rescored_[static_cast<size_t>(type)] = counts.rescored;
      }
    }
  }

  int64_t rescored(RowType type) const { return rescored_[static_cast<size_t>(type)]; }

 private:
  std::vector<float> values_;
  int64_t dim_;
  index::OwnedQuantizedRows codes_, rounded_;
  index::Segments segments_;
  int64_t rescored_[3] = {};
};

TEST(ExactSearch, EqualsThePlainLoopForAnyShape) {
  Random random({42});
  for (int round = 0; round < 60; ++round) {
    const auto dim = static_cast<int64_t>(1 + random.below(round % 3 == 0 ? 8 : 150));
    const auto rows = static_cast<int64_t>(1 + random.below(1500));
    const auto k = static_cast<int64_t>(1 + random.below(round % 4 == 0 ? 2000 : 20));
    const auto queries = static_cast<int64_t>(1 + random.below(round % 5 == 0 ? 90 : 12));
    const Kind kind = test::kKinds[random.below(std::size(test::kKinds))];
    const std::string what = "round " + std::to_string(round) + ": kind " +
                             std::to_string(static_cast<int>(kind)) + ", " + std::to_string(rows) +
                             " x " + std::to_string(dim) + ", k " + std::to_string(k) + ", " +
                             std::to_string(queries) + " queries";
    Case c(test::make_rows(kind, rows, dim, random.next()), dim);
    c.check(test::make_rows(random.below(2) == 0 ? kind : Kind::unit, queries, dim, random.next()),
            k, what);
    if (HasFatalFailure()) return;
  }
}

TEST(ExactSearch, EqualsThePlainLoopForEveryKind) {
  for (const Kind kind : test::kKinds) {
    for (const int64_t dim : {16, 100, 512}) {
      Case c(test::make_rows(kind, 900, dim, 7), dim);
      for (const int64_t queries : {1, 3, 5, 33, 70}) {
        c.check(test::make_rows(kind, queries, dim, 8), 10,
                "kind " + std::to_string(static_cast<int>(kind)) + ", " + std::to_string(dim));
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST(ExactSearch, EqualRowsComeInTheOrderOfTheirIndices) {
  // More equal rows than any list of candidates holds; the best of all stands last.
  const int64_t dim = 24, rows = 12000;
  auto values = test::make_rows(Kind::unit, 1, dim, 1);
  const std::vector<float> one = values;
  for (int64_t i = 1; i < rows; ++i) values.insert(values.end(), one.begin(), one.end());
  values[static_cast<size_t>((rows - 1) * dim)] += one[0] > 0 ? 0.01f : -0.01f;
  Case c(values, dim);
  c.check(one, 7, "equal rows");
  std::vector<float> many;
  for (int i = 0; i < 20; ++i) many.insert(many.end(), one.begin(), one.end());
  c.check(many, 7, "equal rows, equal queries");
}

TEST(ExactSearch, AQueryOfZerosFindsTheFirstRows) {
  Case c(test::make_rows(Kind::unit, 9000, 33, 3), 33);
  c.check(std::vector<float>(33, 0.f), 5, "zero query");
}

TEST(ExactSearch, HugeNumbersAreAnsweredInDouble) {
  auto values = test::make_rows(Kind::unit, 3000, 20, 5);
  for (float& x : values) x *= 1e36f;
  auto queries = test::make_rows(Kind::unit, 12, 20, 6);
  for (size_t i = 0; i < queries.size(); ++i) queries[i] *= i < 40 ? 1e37f : 1e-37f;
  Case c(values, 20);
  c.check(queries, 4, "huge numbers");
}

TEST(ExactSearch, OnlyRowsThatMayMatterAreRescored) {
  Case c(test::make_rows(Kind::unit, 20000, 256, 11), 256);
  c.check(test::make_rows(Kind::unit, 1, 256, 12), 10, "unit");
  EXPECT_GE(c.rescored(RowType::f32), 10);
  EXPECT_LE(c.rescored(RowType::f32), 32);
  EXPECT_LE(c.rescored(RowType::bf16), 64);
  EXPECT_LE(c.rescored(RowType::i8), 200);
}

TEST(ExactSearch, WhatAllRowsShareCostsCodesNothing) {
  // Without the mean taken off, a component of 8 among others of 0.03 would leave nothing of them.
  Case c(test::make_rows(Kind::offset, 20000, 256, 11), 256);
  c.check(test::make_rows(Kind::unit, 1, 256, 12), 10, "offset");
  EXPECT_LE(c.rescored(RowType::i8), 400);
}

// A bound that is too small shows only where rows lie close; this looks at it directly.
TEST(Quantize, ResidualsAreUpperBounds) {
  for (const Kind kind : test::kKinds) {
    const int64_t rows = 300, dim = 77;
    const auto values = test::make_rows(kind, rows, dim, 9);
    const index::FullRows full{values.data(), rows, dim, 0};
    for (const RowType type : {RowType::bf16, RowType::i8}) {
      const auto owned = index::quantize(full, type);
      const auto quantized = owned.view();
      const int64_t stride = index::quantized_stride(type, dim);
      for (int64_t i = 0; i < rows; ++i) {
        long double left = 0, kept = 0;
        for (int64_t d = 0; d < dim; ++d) {
          long double value = 0, mean = 0;
          if (type == RowType::i8) {
            mean = quantized.mean[d];
            value = static_cast<long double>(quantized.scales[i]) *
                    (static_cast<int>(quantized.data[i * stride + d]) - 128);
          } else {
            uint16_t bits;
            std::memcpy(&bits, quantized.data + i * stride + 2 * d, 2);
            value = index::from_bf16(bits);
          }
          const long double rest = values[static_cast<size_t>(i * dim + d)] - mean - value;
          left += rest * rest;
          kept += value * value;
        }
        ASSERT_GE(static_cast<long double>(quantized.residuals[i]) * quantized.residuals[i], left);
        ASSERT_GE(static_cast<long double>(quantized.max_code_norm) * quantized.max_code_norm,
                  kept);
        ASSERT_GE(quantized.max_residual, quantized.residuals[i]);
      }
    }
  }
}

}  // namespace
}  // namespace sightline
