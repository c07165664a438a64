// Linear layers on oneDNN's matmul: weights packed once, primitives cached by shape.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "backend/cpu/onednn/dnnl_compat.h"
#include "base/object_pool.h"
#include "ops/ops.h"
#include "tensor/arena.h"
#include "tensor/tensor.h"

namespace sightline {

// One packed copy of a weight, in the layout that oneDNN prefers for large M and accepts for every
// M; with lazy packing the weight as it was given until then. A program that encodes one query
// packs nothing: it starts at once, and reads the weight where the file is mapped.
class PackedLinear : public LinearWeights {
 public:
  dnnl::memory bias;  // (1, N); unset where has_bias is false
  bool has_bias = false;
  Tensor bias_storage;

 private:
  friend class LinearEngine;
  using Parts = std::vector<Tensor>;

  // Set once, by the call that packs; `packed_` publishes the two members below it.
  mutable std::atomic<bool> packed_ = false;
  mutable dnnl::memory weights_;    // (K, N), opaque layout
  mutable Tensor weights_storage_;  // the bytes under `weights_`

  mutable std::mutex parts_mutex_;
  mutable std::shared_ptr<const Parts> parts_;  // (N_i, K) each; null once they are packed
};

class LinearEngine {
 public:
  // lazy_packing: a weight stays as it was given until more than a few rows are multiplied with it.
  explicit LinearEngine(bool lazy_packing = false);

  // The weight (N, K) in parts, one or more, each some of its rows; bias (N) or undefined; host
  // f32. The caller has checked the shapes. The parts' storage is kept until they are packed.
  // Throws dnnl's errors as Error. Must not overlap with other calls.
  std::shared_ptr<const PackedLinear> hold(std::span<const Tensor> weight, const Tensor& bias);
  // Whether parts are kept apart until they are packed, so that the caller need not concatenate
  // them.
  bool lazy_packing() const { return lazy_packing_; }

  // y (M, N) = activation(x (M, K) W^T + b) + residual (M, N). residual may be null; it may not
  // overlap y. May be called from several threads at once.
  void run(const PackedLinear& weights, const float* x, int64_t rows, Activation activation,
           const float* residual, float* y);

 private:
  // Key of a cached primitive. Layers of equal shape share the primitive.
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
  // What one call uses and no overlapping call may.
  struct Workspace {
    explicit Workspace(const dnnl::engine& engine) : stream(engine) {}
    dnnl::stream stream;
    std::unordered_map<Key, Plan, KeyHash> plans;
  };

  void pack(const PackedLinear& weights);
  void run_in_place(const PackedLinear::Parts& parts, const PackedLinear& weights, const float* x,
                    int64_t rows, Activation activation, const float* residual, float* y);
  Plan& plan_for(Workspace& workspace, const Key& key, const dnnl::memory::desc& weights);
  Plan make_plan(const Key& key, const dnnl::memory::desc& weights);

  bool lazy_packing_ = false;
  std::mutex packing_mutex_;  // of `arena_`
  Arena arena_;               // the packed weights
  dnnl::engine engine_;
  ObjectPool<Workspace> workspaces_;
};

}  // namespace sightline
