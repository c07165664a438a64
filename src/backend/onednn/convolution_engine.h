// Convolutions on oneDNN: batch norm folded and weights packed once, primitives kept by shape.
// Activations are (B, H, W, C) in memory, "nhwc" for oneDNN.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "backend/onednn/dnnl_compat.h"
#include "ops/ops.h"
#include "tensor/tensor.h"

namespace sightline {

// A convolution's weight in the layout that its primitive wants. The layout depends on the
// pictures' size, which is known at the first call: until then the weight is plain.
class PackedConvolution : public ConvolutionWeights {
 public:
  // The weight in that layout, repacked where no copy has it. Keeps at most two copies: the
  // layouts of a full batch and of a smaller one may differ.
  const dnnl::memory& in_layout(const dnnl::memory::desc& layout, const dnnl::engine& engine,
                                dnnl::stream& stream) const;

  dnnl::memory bias;  // (N); unset where has_bias is false
  bool has_bias = false;
  Tensor bias_storage;

 private:
  friend class ConvolutionEngine;
  struct Copy {
    dnnl::memory memory;
    Tensor storage;
  };
  mutable std::vector<Copy> copies_;  // never empty
  mutable bool plain_ = true;         // the one copy is as it was made
};

class ConvolutionEngine {
 public:
  // type: of pictures and weights in a convolution, f32 or bf16; sums and biases are f32.
  explicit ConvolutionEngine(DType type);

  // Folds spec.norm into weight and bias: computed in double, rounded once. Shapes are the
  // caller's to check.
  std::shared_ptr<const PackedConvolution> pack(const ConvolutionSpec& spec);

  // y (B, H', W', N) = activation(convolution(x (B, H, W, K)) + residual). y and residual are of the
  // engine's type; x is, or is f32. residual may be undefined.
  Tensor run(const PackedConvolution& weights, const Tensor& x, Activation activation,
             const Tensor& residual);

 private:
  struct Key {
    int64_t batch, height, width, in_channels, out_channels, kernel, stride, padding;
    Activation activation;
    bool has_bias, has_residual;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const;
  };
  struct Plan {
    dnnl::convolution_forward primitive;
    dnnl::memory::desc weights;
    std::unordered_map<int, dnnl::memory> arguments;
    dnnl::memory x, y, scratchpad;
    size_t scratchpad_bytes = 0;
  };

  Plan& plan_for(const Key& key);
  Plan make_plan(const Key& key);

  DType type_;
  dnnl::engine engine_;
  dnnl::stream stream_;
  std::unordered_map<Key, Plan, KeyHash> plans_;
};

}  // namespace sightline
