// Matrix: the type of embeddings, as encoders return them and evaluation accepts them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sightline {

// A (rows, dim) f32 matrix, row-major, that owns its elements.
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
