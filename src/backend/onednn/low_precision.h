// Linear layers in bf16 and in int8, on our own kernels (product_kernels.h).
//
// bf16: weights and inputs rounded to bf16, products summed in f32.
// int8: weights as signed bytes with one scale an output feature; inputs as unsigned bytes with one
// scale and one zero a row, found when the layer runs. Sums are exact whole numbers.
// Bias, activation and residual are f32 in both.
#pragma once

#include <memory>

#include "ops/ops.h"
#include "tensor/arena.h"
#include "tensor/tensor.h"

namespace sightline {

enum class LowPrecision { bf16, int8 };

// A weight cut into panels of kPanelColumns output features, padded with zeros.
class LowLinear : public LinearWeights {
 public:
  LowPrecision precision = LowPrecision::bf16;
  int64_t depth = 0;      // K in units of 32 bits
  Tensor panels;          // (panels, depth, kPanelColumns) units, kept as i32
  Tensor bias;            // (panels * kPanelColumns) f32, or undefined
  Tensor column_scale;    // int8: (panels * kPanelColumns) f32
  Tensor column_sum;      // int8: (panels * kPanelColumns) i32
};

// weight (N, K), bias (N) or undefined, host f32. Shapes are the caller's to check. The panels lie in
// `arena`.
std::shared_ptr<const LowLinear> pack_low(const Tensor& weight, const Tensor& bias,
                                          LowPrecision precision, Arena& arena);

// activation(x W^T + b) + residual.  x (..., K) f32 or bf16, residual (..., N) f32 or undefined
//   -> (..., N) of type f32 or bf16. Shapes are the caller's to check.
Tensor run_low(const LowLinear& weights, const Tensor& x, Activation activation,
               const Tensor& residual, DType type);

// A copy rounded to bf16. x f32.
Tensor round_to_bf16(const Tensor& x);

}  // namespace sightline
