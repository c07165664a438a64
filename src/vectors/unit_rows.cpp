#include "vectors/unit_rows.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "base/parallel.h"

namespace sightline::vectors {
namespace {

constexpr int64_t kGrain = 256;  // rows

double norm(std::span<const float> vector) {
  double sum = 0;
  for (const float x : vector) sum += static_cast<double>(x) * x;
  return std::sqrt(sum);
}

}  // namespace

bool scale_to_unit(std::span<float> vector) {
  const double length = norm(vector);
  if (length == 0) return false;
  for (float& x : vector) x = static_cast<float>(static_cast<double>(x) / length);
  return true;
}

std::optional<UnitRows> unit_rows(const VectorIndex& index) {
  std::atomic<bool> all_unit = true;
  parallel_for(index.rows(), kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end && all_unit; ++i) {
      if (std::abs(norm(index.row(i)) - 1) > kUnitTolerance) all_unit = false;
    }
  });
  if (all_unit) return std::nullopt;
  UnitRows out;
  out.vectors = Matrix(index.rows(), index.dim());
  out.first_zero = index.rows();
  std::atomic<int64_t> zero = 0, first_zero = index.rows();
  parallel_for(index.rows(), kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      std::ranges::copy(index.row(i), out.vectors.row(i).begin());
      if (scale_to_unit(out.vectors.row(i))) continue;
      ++zero;
      for (int64_t seen = first_zero; i < seen && !first_zero.compare_exchange_weak(seen, i);) {
      }
    }
  });
  out.zero = zero;
  out.first_zero = first_zero;
  return out;
}

}  // namespace sightline::vectors
