// The inner product that defines a similarity: in double, elements in order.
#pragma once

#include <sightline/index.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace sightline::index {

inline double exact_dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (size_t d = 0; d < a.size(); ++d) sum += static_cast<double>(a[d]) * b[d];
  return sum;
}

inline constexpr int kDotRows = 8;

// sums[i] = exact_dot(query, rows[i]), bit for bit: a
// product of two f32 is exact in double, so fused multiply-adds change nothing, and each row has
// its own sum.
inline void exact_dots(const float* query, int64_t dim, const float* const (&rows)[kDotRows],
                       double (&sums)[kDotRows]) {
  double sum[kDotRows] = {};
  for (int64_t d = 0; d < dim; ++d) {
    const double q = query[d];
    for (int i = 0; i < kDotRows; ++i) sum[i] += q * rows[i][d];
  }
  for (int i = 0; i < kDotRows; ++i) sums[i] = sum[i];
}

// The order of hits: of equal similarities the smaller index first.
inline bool better(const Hit& a, const Hit& b) {
  return a.similarity != b.similarity ? a.similarity > b.similarity : a.index < b.index;
}

}  // namespace sightline::index
