// Tensors of bf16 elements.
#pragma once

#include "backend/cpu/kernels/cpu_kernels.h"
#include "tensor/tensor.h"

namespace sightline::test {

inline Tensor bf16_of(const Tensor& x) {
  Tensor y(x.shape(), DType::bf16);
  cpu_kernels().round_to_bf16(x.data<float>(), x.count(), y.data<uint16_t>());
  return y;
}

// An operand with bf16 values, as bf16 and as f32.
struct Rounded {
  Tensor bits;    // bf16
  Tensor values;  // f32
  explicit Rounded(const Tensor& x) : bits(bf16_of(x)), values(to_f32(bits)) {}
};

}  // namespace sightline::test
