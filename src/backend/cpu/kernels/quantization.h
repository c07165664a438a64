// Quantization of numbers to unsigned bytes, from their range.
#pragma once

#include <cstdint>

#include "tensor/number_range.h"

namespace sightline {

// x ~ scale * (byte - zero). Bytes are x * inverse + shift, rounded to nearest even, from 0 to 255.
struct Quantization {
  float scale = 1;
  int32_t zero = 0;
  float inverse = 1, shift = 0;
};

inline Quantization quantization_of(const NumberRange& range) {
  const float step = (range.high - range.low) * (1.f / 255.f);
  Quantization result;
  result.scale = step > 0.f || step != step ? step : 1.f;  // numbers that are all zero
  result.inverse = 1.f / result.scale;
  result.shift = __builtin_rintf(-range.low * result.inverse);
  // Rounding may exceed the range by half a step.
  const bool fits = result.shift >= 0.f && result.shift <= 255.f;
  result.zero = static_cast<int32_t>(fits ? result.shift : 0.f);
  return result;
}

// Kernels for one type: float, or uint16_t for bf16.
template <class Number>
struct QuantizeKernels {
  // Rows of `width` numbers, each with its own range. Rows of out are out_stride bytes apart (>=
  // width), and zero beyond width.
  void (*rows)(const Number* x, int64_t rows, int64_t width, uint8_t* out, int64_t out_stride,
               float* scale, int32_t* zero);
  // The two steps of a row.
  NumberRange (*range)(const Number* x, int64_t count);
  void (*bytes)(const Number* x, int64_t count, const Quantization& to, uint8_t* out);
};

}  // namespace sightline
