// Linear layers on oneDNN's matmul: weights packed once, primitives kept by shape.
#pragma once

#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "backend/cpu/onednn/dnnl_compat.h"
#include "ops/ops.h"
#include "tensor/arena.h"
#include "tensor/tensor.h"

namespace sightline {

// One packed copy of a weight, in the layout that oneDNN prefers for large M and accepts for every
// M; with lazy_packing the weight as it came until then. A program that encodes one query then
// packs nothing: it offsets at once, and reads the weight where the file is mapped.
class PackedLinear : public LinearWeights {
 public:
  dnnl::memory bias;  // (1, N); unset where has_bias is false
  bool has_bias = false;
  Tensor bias_storage;

 private:
  friend class LinearEngine;
  mutable std::vector<Tensor> plain_;  // (N_i, K), one below the other, until they are packed
  mutable dnnl::memory weights_;       // (K, N), opaque layout
  mutable Tensor weights_storage_;     // the bytes under `weights_`
};

class LinearEngine {
 public:
  // lazy_packing: a weight stays as it came until more than a few rows are multiplied with it.
  explicit LinearEngine(bool lazy_packing = false);

  // The weight (N, K) in parts, one or more, each some of its rows; bias (N) or undefined; host
  // f32. Shapes are the caller's to check. The parts' storage is kept until they are packed. Throws
  // dnnl's errors as Error.
  std::shared_ptr<const PackedLinear> hold(std::span<const Tensor> weight, const Tensor& bias);
  // Whether parts stay apart until then, so that the caller need not copy them into one.
  bool lazy_packing() const { return lazy_packing_; }

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

  void pack(const PackedLinear& weights);
  void run_direct(const PackedLinear& weights, const float* x, int64_t rows, Activation activation,
                  const float* residual, float* y);
  Plan& plan_for(const Key& key, const dnnl::memory::desc& weights);
  Plan make_plan(const Key& key, const dnnl::memory::desc& weights);

  bool lazy_packing_ = false;
  Arena packed_;
  dnnl::engine engine_;
  dnnl::stream stream_;
  std::unordered_map<Key, Plan, KeyHash> plans_;
};

}  // namespace sightline
