// Rows of float32 numbers: what encoders give and evaluation takes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sightline {

// (rows, dim) f32, row after row, owned.
struct Matrix {
  int64_t rows = 0;
  int64_t dim = 0;
  std::vector<float> values;

  Matrix() = default;
  Matrix(int64_t row_count, int64_t dimension)
      : rows(row_count), dim(dimension), values(static_cast<size_t>(row_count * dimension)) {}
  std::span<float> row(int64_t i) { return {values.data() + i * dim, static_cast<size_t>(dim)}; }
  std::span<const float> row(int64_t i) const {
    return {values.data() + i * dim, static_cast<size_t>(dim)};
  }
};

}  // namespace sightline
