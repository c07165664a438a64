// Quantized vectors, and the quantization error of each.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "index/row_set.h"

namespace sightline::index {

// The largest dimension whose sum of products fits into 32 bits.
inline constexpr int64_t kMaxCodeDim = 32768;

struct OwnedQuantizedRows {
  RowType type = RowType::i8;
  std::vector<uint8_t> data;
  std::vector<float> scales, residuals, mean;
  double mean_norm = 0, max_code_norm = 0, max_residual = 0;

  QuantizedRows view() const;
};

// int8 codes are of the row minus the mean of all rows: the part that vectors of images share is
// large in a few dimensions and would coarsen the scale of all others. One scale per row. The same
// bits on every machine and for every number of threads. Throws unsupported (kMaxCodeDim).
OwnedQuantizedRows quantize(const FullRows& rows, RowType type);

// The nearest bfloat16, ties to even; `value` is finite.
inline uint16_t to_bf16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

inline float from_bf16(uint16_t bits) {
  const uint32_t wide = uint32_t{bits} << 16;
  float value;
  std::memcpy(&value, &wide, sizeof value);
  return value;
}

// The Euclidean norm of `dim` elements, rounded up.
double norm_above(const float* values, int64_t dim);
// The smallest f32 that is at least `value`, and the largest that is at most `value`.
float float_above(double value);
float float_below(double value);

// FullRows::max_norm. Throws invalid_data where a row has a NaN or an infinity: "<where>: row 17
// …".
double checked_max_norm(const float* values, int64_t rows, int64_t dim, const std::string& where);

}  // namespace sightline::index
