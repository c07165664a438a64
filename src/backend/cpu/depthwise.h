// Depthwise convolutions, in f32 arithmetic in every precision: they are bound by memory traffic,
// so the type of the tensors matters and that of the products does not. Bias, residual and
// activation are applied while the sums are in registers. Tensors are (B, H, W, C).
#pragma once

#include <memory>

#include "ops/ops.h"
#include "tensor/arena.h"
#include "tensor/tensor.h"

namespace sightline {

class DepthwiseConvolution : public ConvolutionWeights {
 public:
  Tensor weights;  // f32, as DepthwiseLine::weights
  Tensor border;   // (C) zeros: a pixel of the border
};

// Folds spec.norm into weight and bias: computed in double, rounded once to f32. The caller has
// checked the shapes. The weights are allocated in `arena`.
std::shared_ptr<const DepthwiseConvolution> pack_depthwise(const ConvolutionSpec& spec,
                                                           Arena& arena);

// activation(convolution(x (B, H, W, C)) + residual) -> (B, H', W', C) of type f32 or bf16.
// x is f32, or bf16 where `type` is; residual is of `type` or undefined, and may become the result
// where this is its last handle.
Tensor run_depthwise(const DepthwiseConvolution& weights, const Tensor& x, Activation activation,
                     Tensor residual, DType type);

}  // namespace sightline
