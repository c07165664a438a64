#include "backend/cpu/onednn/linear_engine.h"

#include <algorithm>
#include <cstring>

#include "backend/cpu/kernels/cpu_kernels.h"
#include "backend/cpu/onednn/plan_hash.h"
#include "base/parallel.h"
#include "ops/stacked_weights.h"

namespace sightline {
namespace {

using dnnl::memory;

// Plans that a workspace keeps. Text batches have any number of rows, so the number of shapes is
// not bounded by the model.
constexpr size_t kMaxPlans = 512;

// Rows for which the layout of packed weights is chosen: a batch that keeps all cores busy.
constexpr int64_t kPackingRows = 1024;

// Rows up to which a weight is used in place: about one query's tokens.
constexpr int64_t kInPlaceRows = 24;

memory::desc row_major(int64_t rows, int64_t columns) {
  return {{rows, columns}, memory::data_type::f32, memory::format_tag::ab};
}

}  // namespace

size_t LinearEngine::KeyHash::operator()(const Key& key) const {
  return hash_values({key.rows, key.in_features, key.out_features,
                      static_cast<int64_t>(key.activation) * 4 + key.has_bias * 2 +
                          static_cast<int64_t>(key.has_residual)});
}

LinearEngine::LinearEngine(bool lazy_packing) try
    : lazy_packing_(lazy_packing),
      engine_(dnnl::engine::kind::cpu, 0),
      workspaces_([this] { return std::make_unique<Workspace>(engine_); }) {
  workspaces_.take();  // an error of oneDNN shows here, not in the first call
} catch (const dnnl::error& error) {
  throw_dnnl_error(error, "the start of its CPU engine");
}

std::shared_ptr<const PackedLinear> LinearEngine::hold(std::span<const Tensor> weight,
                                                       const Tensor& bias) try {
  auto held = std::make_shared<PackedLinear>();
  for (const Tensor& part : weight) held->out_features += part.dim(0);
  held->in_features = weight.front().dim(1);
  held->parts_ = std::make_shared<const PackedLinear::Parts>(weight.begin(), weight.end());
  if (bias.defined()) {
    held->has_bias = true;
    held->bias_storage = Tensor({held->out_features}, DType::f32);
    std::memcpy(held->bias_storage.data<float>(), bias.raw(), bias.bytes());
    held->bias =
        memory(row_major(1, held->out_features), engine_, held->bias_storage.data<float>());
  }
  if (lazy_packing_) {
    // The first query reads all of it. Loading the tokenizer in parallel takes longer than this.
    for (const Tensor& part : weight) part.storage()->prefetch();
  } else {
    pack(*held);
  }
  return held;
} catch (const dnnl::error& error) {
  throw_dnnl_error(error, "the packing of a weight " + shape_text(weight.front().shape()));
}

void LinearEngine::pack(const PackedLinear& weights) {
  const std::lock_guard lock(packing_mutex_);
  if (weights.packed_.load(std::memory_order_acquire)) return;  // by an overlapping call
  const int64_t n = weights.out_features, k = weights.in_features;
  MatmulSpec spec;
  spec.x = row_major(kPackingRows, k);
  spec.weights = {{k, n}, memory::data_type::f32, memory::format_tag::any};
  spec.y = row_major(kPackingRows, n);
  const memory::desc layout = make_matmul_desc(engine_, spec).weights_desc();

  const auto floats = static_cast<int64_t>((layout.get_size() + 3) / 4);
  weights.weights_storage_ = arena_.tensor({floats}, DType::f32);
  weights.weights_ = memory(layout, engine_, weights.weights_storage_.data<float>());
  const PackedLinear::Parts& parts = *weights.parts_;  // only this function changes it
  const Tensor whole = parts.size() == 1 ? parts.front() : concat(parts);
  // (N, K) in row-major order is (K, N) in column-major order.
  memory plain({{k, n}, memory::data_type::f32, memory::format_tag::ba}, engine_,
               const_cast<void*>(whole.raw()));
  const auto workspace = workspaces_.take();
  dnnl::reorder(plain, weights.weights_).execute(workspace->stream, plain, weights.weights_);
  workspace->stream.wait();
  weights.packed_.store(true, std::memory_order_release);
  const std::lock_guard parts_lock(weights.parts_mutex_);
  weights.parts_.reset();  // a call that still reads the parts has a share of them
}

void LinearEngine::run_in_place(const PackedLinear::Parts& parts, const PackedLinear& weights,
                                const float* x, int64_t rows, Activation activation,
                                const float* residual, float* y) {
  constexpr int64_t kColumns = 64;  // of a task
  // Multiplications per thread, about a millisecond. A query has eighty short layers; where another
  // program occupies a core, more threads would wait in each of them.
  constexpr int64_t kGrain = 1 << 24;
  const int64_t n = weights.out_features, k = weights.in_features;
  const float* const bias = weights.has_bias ? weights.bias_storage.data<float>() : nullptr;
  const CpuKernels& kernels = cpu_kernels();
  const int64_t tasks = (n + kColumns - 1) / kColumns;
  parallel_for(tasks, 1 + kGrain / (rows * k * kColumns), [&](int64_t begin, int64_t end) {
    const int64_t first = begin * kColumns, last = std::min(n, end * kColumns);
    int64_t offset = 0;  // of the part's first column
    for (const Tensor& part : parts) {
      const int64_t from = std::max(first, offset), to = std::min(last, offset + part.dim(0));
      if (from < to) {
        kernels.small_m_gemm(x, rows, k, part.data<float>() + (from - offset) * k, to - from,
                             y + from, n);
      }
      offset += part.dim(0);
    }
    for (int64_t row = 0; row < rows; ++row) {
      kernels.epilogue(y + row * n + first, last - first, bias ? bias + first : nullptr, activation,
                       residual ? residual + row * n + first : nullptr);
    }
  });
}

LinearEngine::Plan LinearEngine::make_plan(const Key& key, const memory::desc& weights) {
  MatmulSpec spec;
  spec.x = row_major(key.rows, key.in_features);
  spec.weights = weights;
  spec.bias = row_major(1, key.out_features);
  spec.y = row_major(key.rows, key.out_features);
  spec.has_bias = key.has_bias;
  spec.activation = key.activation;
  spec.has_residual = key.has_residual;
  const auto desc = make_matmul_desc(engine_, spec);

  Plan plan;
  plan.primitive = dnnl::matmul(desc);
  plan.x = memory(spec.x, engine_, nullptr);
  plan.y = memory(spec.y, engine_, nullptr);
  plan.scratchpad_bytes = desc.scratchpad_desc().get_size();
  plan.scratchpad = memory(desc.scratchpad_desc(), engine_, nullptr);
  plan.arguments = {{DNNL_ARG_SRC, plan.x}, {DNNL_ARG_DST, plan.y}};
  if (plan.scratchpad_bytes > 0) plan.arguments.insert({DNNL_ARG_SCRATCHPAD, plan.scratchpad});
  if (key.has_residual) {
    plan.residual = memory(spec.y, engine_, nullptr);
    plan.arguments.insert({residual_argument(spec), plan.residual});
  }
  return plan;
}

LinearEngine::Plan& LinearEngine::plan_for(Workspace& workspace, const Key& key,
                                           const memory::desc& weights) {
  auto& plans = workspace.plans;
  const auto found = plans.find(key);
  if (found != plans.end()) return found->second;
  if (plans.size() >= kMaxPlans) plans.clear();
  return plans.emplace(key, make_plan(key, weights)).first->second;
}

void LinearEngine::run(const PackedLinear& weights, const float* x, int64_t rows,
                       Activation activation, const float* residual, float* y) try {
  if (!weights.packed_.load(std::memory_order_acquire)) {
    if (rows <= kInPlaceRows) {
      std::shared_ptr<const PackedLinear::Parts> parts;
      {
        const std::lock_guard lock(weights.parts_mutex_);
        parts = weights.parts_;
      }
      if (parts) return run_in_place(*parts, weights, x, rows, activation, residual, y);
    } else {
      pack(weights);
    }
  }
  const Key key{rows,       weights.in_features, weights.out_features,
                activation, weights.has_bias,    residual != nullptr};
  const auto workspace = workspaces_.take();
  Plan& plan = plan_for(*workspace, key, weights.weights_.get_desc());
  plan.x.set_data_handle(const_cast<float*>(x));
  plan.y.set_data_handle(y);
  plan.arguments[DNNL_ARG_WEIGHTS] = weights.weights_;
  if (weights.has_bias) plan.arguments[DNNL_ARG_BIAS] = weights.bias;
  if (residual != nullptr) plan.residual.set_data_handle(const_cast<float*>(residual));
  Tensor scratchpad;
  if (plan.scratchpad_bytes > 0) {
    scratchpad = Tensor({static_cast<int64_t>(plan.scratchpad_bytes)}, DType::u8);
    plan.scratchpad.set_data_handle(scratchpad.data<uint8_t>());
  }
  plan.primitive.execute(workspace->stream, plan.arguments);
  workspace->stream.wait();
} catch (const dnnl::error& error) {
  throw_dnnl_error(error, "a linear layer of " + std::to_string(rows) + " rows, " +
                              std::to_string(weights.in_features) + " to " +
                              std::to_string(weights.out_features) + " features");
}

}  // namespace sightline
