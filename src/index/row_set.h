// Views of vectors and quantized vectors, as scans read them.
#pragma once

#include <cstdint>
#include <vector>

#include "index/scan_kernels.h"

namespace sightline::index {

// Bytes of a quantized row: D elements, zero-padded to whole cache lines.
inline int64_t quantized_stride(RowType type, int64_t dim) {
  const int64_t bytes = type == RowType::i8 ? dim : 2 * dim;
  return (bytes + 63) / 64 * 64;
}

// (N, D) f32. max_norm: an upper bound of the rows' norms.
struct FullRows {
  const float* values = nullptr;
  int64_t rows = 0;
  int64_t dim = 0;
  double max_norm = 0;

  const float* row(int64_t i) const { return values + i * dim; }
};

// Row i is approximately mean + scales[i] * codes[i] (type i8; bytes of code + 128), or bf16
// elements. residuals[i] >= |row - quantized row|; the maxima are over all rows.
struct QuantizedRows {
  RowType type = RowType::i8;
  const uint8_t* data = nullptr;     // (N, quantized_stride)
  const float* scales = nullptr;     // (N), null for bf16
  const float* residuals = nullptr;  // (N)
  const float* mean = nullptr;       // (D), null for bf16
  double mean_norm = 0;
  double max_code_norm = 0;  // of scales[i] * codes[i], or of the bf16 row
  double max_residual = 0;
};

}  // namespace sightline::index
