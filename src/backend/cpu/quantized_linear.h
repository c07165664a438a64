// Linear layers in bf16 and in int8, on our own kernels (product_kernels.h).
//
// bf16: inputs rounded to bf16 as well as weights.
// int8: inputs as unsigned bytes with one scale and one zero a row, found when the layer runs. Sums
// are exact whole numbers.
// Bias, activation and residual are f32 in both.
#pragma once

#include <memory>

#include "backend/cpu/packed_panels.h"
#include "ops/ops.h"
#include "tensor/arena.h"
#include "tensor/tensor.h"

namespace sightline {

class QuantizedLinear : public LinearWeights {
 public:
  PackedPanels panels;  // bf16 or int8
};

// weight (N, K), bias (N) or undefined, both host f32; precision bf16 or int8. Shapes are the
// caller's to check. The panels lie in `arena`.
std::shared_ptr<const QuantizedLinear> pack_quantized(const Tensor& weight, const Tensor& bias,
                                                      Precision precision, Arena& arena);

// activation(x W^T + b) + residual.  x (..., K) f32 or bf16, residual (..., N) f32 or undefined
//   -> (..., N) of type f32 or bf16. Shapes are the caller's to check.
Tensor run_quantized(const QuantizedLinear& weights, const Tensor& x, Activation activation,
                     const Tensor& residual, DType type);

// A copy rounded to bf16. x f32.
Tensor round_to_bf16(const Tensor& x);

}  // namespace sightline
