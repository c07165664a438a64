// The expected hits: a plain loop in double, then a sort of all rows.
#pragma once

#include <gtest/gtest.h>
#include <sightline/index.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"

namespace sightline::test {

// `allowed`: SearchOptions::allowed.
inline std::vector<Hit> reference_search(
    const std::vector<float>& values, int64_t dim, const float* query, int64_t k,
    std::span<const uint64_t> allowed = {},
    double min_similarity = -std::numeric_limits<double>::infinity()) {
  std::vector<Hit> hits;
  for (int64_t i = 0; i < static_cast<int64_t>(values.size()) / dim; ++i) {
    if (!allowed.empty() && (allowed[static_cast<size_t>(i / 64)] >> (i % 64) & 1) == 0) continue;
    double sum = 0;
    for (int64_t d = 0; d < dim; ++d)
      sum += static_cast<double>(query[d]) * values[static_cast<size_t>(i * dim + d)];
    if (sum >= min_similarity) hits.push_back({i, sum});
  }
  std::stable_sort(hits.begin(), hits.end(),
                   [](const Hit& a, const Hit& b) { return a.similarity > b.similarity; });
  hits.resize(std::min<size_t>(hits.size(), static_cast<size_t>(k)));
  return hits;
}

// A mask of `rows` bits of which the share `selectivity` is set. Bits behind the last row are set.
inline std::vector<uint64_t> make_mask(int64_t rows, double selectivity, uint64_t seed) {
  Random random({seed});
  std::vector<uint64_t> mask(static_cast<size_t>((rows + 63) / 64));
  for (int64_t i = 0; i < static_cast<int64_t>(mask.size()) * 64; ++i) {
    if (i >= rows || random.uniform() < selectivity)
      mask[static_cast<size_t>(i / 64)] |= uint64_t{1} << (i % 64);
  }
  return mask;
}

inline void expect_equal_hits(const std::vector<Hit>& found, const std::vector<Hit>& expected,
                              const std::string& what) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  for (size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i].index, expected[i].index) << what << ", rank " << i;
    ASSERT_EQ(found[i].similarity, expected[i].similarity) << what << ", rank " << i;
  }
}

// Distributions of vectors that are hard to search.
enum class Kind {
  unit,           // directions at random, length 1
  lengths,        // lengths over six orders of magnitude
  equal,          // few different rows, many times each
  near,           // one row, with changes in the last bits
  offset,         // one large component that all rows share
  sparse,         // mostly zeros, zero rows too
  small_numbers,  // near the smallest floats
  whole,          // small whole numbers: ties between different rows
};
inline constexpr Kind kKinds[] = {Kind::unit,   Kind::lengths, Kind::equal,         Kind::near,
                                  Kind::offset, Kind::sparse,  Kind::small_numbers, Kind::whole};

inline std::vector<float> make_rows(Kind kind, int64_t rows, int64_t dim, uint64_t seed) {
  std::vector<float> values(static_cast<size_t>(rows * dim));
  for (int64_t i = 0; i < rows; ++i) {
    const uint64_t shared = kind == Kind::equal  ? static_cast<uint64_t>(i) * 7 % 5
                            : kind == Kind::near ? 0
                                                 : static_cast<uint64_t>(i) + 100;
    Random random({seed, shared}), own({seed, 1u << 20, static_cast<uint64_t>(i)});
    float* row = values.data() + i * dim;
    double norm = 0;
    for (int64_t d = 0; d < dim; ++d) {
      row[d] = static_cast<float>(random.normal());
      norm += static_cast<double>(row[d]) * row[d];
    }
    double scale = 1 / std::sqrt(norm + 1e-30);
    if (kind == Kind::lengths) scale *= std::pow(10, own.uniform(-3, 3));
    if (kind == Kind::small_numbers) scale *= 1e-37;
    for (int64_t d = 0; d < dim; ++d) {
      row[d] = static_cast<float>(row[d] * scale);
      if (kind == Kind::near && own.below(4) == 0)
        row[d] = std::nextafter(row[d], own.below(2) == 0 ? 1.f : -1.f);
      if (kind == Kind::offset) row[d] = row[d] / 2 + (d == dim / 2 ? 8.f : 0.f);
      if (kind == Kind::sparse && (own.below(8) != 0 || i % 3 == 0)) row[d] = 0;
      if (kind == Kind::whole) row[d] = static_cast<float>(static_cast<int>(own.below(3)) - 1);
    }
  }
  return values;
}

}  // namespace sightline::test
