// Linear layers on oneDNN's matmul: weights packed once, primitives kept by shape.
#pragma once

#include <memory>
#include <unordered_map>

#include "backend/onednn/dnnl_compat.h"
#include "ops/ops.h"
#include "tensor/tensor.h"

namespace sightline {

// One packed copy of a weight, in the layout that oneDNN prefers for large M and accepts for
// every M. Another precision is another subclass of LinearWeights with its own packing.
class PackedLinear : public LinearWeights {
 public:
  dnnl::memory weights;    // (K, N), opaque layout
  dnnl::memory bias;       // (1, N); unset where has_bias is false
  bool has_bias = false;
  Tensor weights_storage;  // the bytes under `weights` and `bias`
  Tensor bias_storage;
};

class LinearEngine {
 public:
  LinearEngine();

  // weight (N, K), bias (N) or undefined, host f32. Shapes are the caller's to check.
  std::shared_ptr<const PackedLinear> pack(const Tensor& weight, const Tensor& bias);

  // y (M, N) = activation(x (M, K) W^T + b) + residual (M, N). residual may be null; it may not
  // overlap y.
  void run(const PackedLinear& weights, const float* x, int64_t rows, Activation activation,
           const float* residual, float* y);

 private:
  // What a primitive was made for; layers of equal shape share it.
  struct Key {
    int64_t rows, in_features, out_features;
    Activation activation;
    bool has_bias, has_residual;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const;
  };
  // A primitive with its arguments. The memory objects live as long as the plan and are pointed
  // at the call's tensors, so that a call allocates nothing.
  struct Plan {
    dnnl::matmul primitive;
    std::unordered_map<int, dnnl::memory> arguments;
    dnnl::memory x, y, residual, scratchpad;
    size_t scratchpad_bytes = 0;
  };

  Plan& plan_for(const Key& key, const dnnl::memory::desc& weights);
  Plan make_plan(const Key& key, const dnnl::memory::desc& weights);

  dnnl::engine engine_;
  dnnl::stream stream_;
  std::unordered_map<Key, Plan, KeyHash> plans_;
};

}  // namespace sightline
