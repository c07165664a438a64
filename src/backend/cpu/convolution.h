// Convolutions on the kernels of product_kernels.h: each output pixel is the product of its window,
// which is one contiguous run per image line, and a panel of weights. Nothing is unfolded; bias,
// residual and activation are applied while the sums are in registers. Tensors are (B, H, W, C).
#pragma once

#include <memory>
#include <string>

#include "backend/cpu/packed_panels.h"
#include "ops/ops.h"
#include "tensor/tensor.h"

namespace sightline {

class PackedConvolution : public ConvolutionWeights {
 public:
  PackedPanels panels;  // depth: R lines of R pixels of `units`
  int64_t units = 0;    // per input pixel, its channels padded to whole units
};

// An output channel's bias and batch norm as one linear function of the convolution without bias,
// scale * convolution + offset:
//   gamma / sqrt(variance + eps) * (convolution + bias - mean) + beta
struct ChannelNorm {
  double scale = 1, offset = 0;
};
ChannelNorm channel_norm(const ConvolutionSpec& spec, int64_t channel);

// Folds spec.norm into weight and bias: computed in double, rounded once. In int8, a convolution
// that reads pixels (few channels) is kept in bf16, and folded weights must be finite. The caller
// has checked the shapes. The panels are allocated in `arena`.
std::shared_ptr<const PackedConvolution> pack_convolution(const std::string& name,
                                                          const ConvolutionSpec& spec,
                                                          Precision precision, Arena& arena);

// activation(convolution(x (B, H, W, K)) + residual) -> (B, H', W', N) of type f32 or bf16.
// x is f32, or bf16 where the precision is not fp32; residual is of `type` or undefined, and
// becomes the result where this is its last handle. find_ranges: the result has its images' ranges,
// unless tasks are divided by channels.
Tensor run_convolution(const PackedConvolution& weights, const Tensor& x, Activation activation,
                       Tensor residual, DType type, bool find_ranges = false);

}  // namespace sightline
