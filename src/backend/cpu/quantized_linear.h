// Linear layers in bf16 and int8, on the kernels of product_kernels.h.
//
// bf16: inputs and weights are rounded to bf16.
// int8: inputs are quantized per row when the layer runs, to unsigned bytes with one scale and one
// zero point. Sums are exact integers. Bias, activation and residual are f32 in both.
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

// weight (N, K), bias (N) or undefined, both host f32; precision bf16 or int8. The caller has
// checked the shapes. The panels are allocated in `arena`.
std::shared_ptr<const QuantizedLinear> pack_quantized(const Tensor& weight, const Tensor& bias,
                                                      Precision precision, Arena& arena);

// activation(x W^T + b) + residual.  x (..., K) f32 or bf16, residual (..., N) f32 or undefined
//   -> (..., N) of type f32 or bf16. The caller has checked the shapes.
Tensor run_quantized(const QuantizedLinear& weights, const Tensor& x, Activation activation,
                     const Tensor& residual, DType type);

// A copy rounded to bf16. x f32.
Tensor round_to_bf16(const Tensor& x);

}  // namespace sightline
