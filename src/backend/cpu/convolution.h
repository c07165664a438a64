// Convolutions on our own kernels (product_kernels.h): each output pixel is the product of its
// window, which lies in the image as one run of numbers a line, and a panel of weights. Nothing
// is unfolded; bias, residual and activation follow while the sums are at hand. Activations are (B,
// H, W, C) in memory.
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
  int64_t units = 0;    // of a pixel of the input, its channels padded to whole units
};

// Folds spec.norm into weight and bias: computed in double, rounded once. In int8 the convolution
// that reads pixels, known by its few channels, is bf16; what is int8 must be finite once folded.
// Shapes are the caller's to check. The panels lie in `arena`.
std::shared_ptr<const PackedConvolution> pack_convolution(const std::string& name,
                                                          const ConvolutionSpec& spec,
                                                          Precision precision, Arena& arena);

// activation(convolution(x (B, H, W, K)) + residual) -> (B, H', W', N) of type f32 or bf16.
// x is f32, or bf16 where the precision is not fp32; residual is of `type` or undefined, and
// becomes the result where nobody else holds it.
Tensor run_convolution(const PackedConvolution& weights, const Tensor& x, Activation activation,
                       Tensor residual, DType type);

}  // namespace sightline
