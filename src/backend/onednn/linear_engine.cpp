#include "backend/onednn/linear_engine.h"

#include <cstring>

#include "backend/onednn/plan_hash.h"

namespace sightline {
namespace {

using dnnl::memory;

// Plans kept. A text batch brings a new number of rows for each length, so the number of shapes
// is bounded by use, not by the model.
constexpr size_t kMaxPlans = 512;

// Rows for which the layout of packed weights is chosen: a batch that keeps all cores busy.
constexpr int64_t kPackingRows = 1024;

memory::desc row_major(int64_t rows, int64_t columns) {
  return {{rows, columns}, memory::data_type::f32, memory::format_tag::ab};
}

}  // namespace

size_t LinearEngine::KeyHash::operator()(const Key& key) const {
  return hash_numbers({key.rows, key.in_features, key.out_features,
                       static_cast<int64_t>(key.activation) * 4 + key.has_bias * 2 +
                           static_cast<int64_t>(key.has_residual)});
}

LinearEngine::LinearEngine() try : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
} catch (const dnnl::error& error) {
  throw_dnnl_error(error, "the start of its CPU engine");
}

std::shared_ptr<const PackedLinear> LinearEngine::pack(const Tensor& weight,
                                                       const Tensor& bias) try {
  const int64_t n = weight.dim(0);
  const int64_t k = weight.dim(1);
  auto packed = std::make_shared<PackedLinear>();
  packed->out_features = n;
  packed->in_features = k;

  MatmulSpec spec;
  spec.x = row_major(kPackingRows, k);
  spec.weights = {{k, n}, memory::data_type::f32, memory::format_tag::any};
  spec.y = row_major(kPackingRows, n);
  const memory::desc layout = make_matmul_desc(engine_, spec).weights_desc();

  const auto floats = static_cast<int64_t>((layout.get_size() + 3) / 4);
  packed->weights_storage = Tensor({floats}, DType::f32);
  packed->weights = memory(layout, engine_, packed->weights_storage.data<float>());
  // (N, K) row by row is (K, N) column by column.
  memory plain({{k, n}, memory::data_type::f32, memory::format_tag::ba}, engine_,
               const_cast<void*>(weight.raw()));
  dnnl::reorder(plain, packed->weights).execute(stream_, plain, packed->weights);
  stream_.wait();

  if (bias.defined()) {
    packed->has_bias = true;
    packed->bias_storage = Tensor({n}, DType::f32);
    std::memcpy(packed->bias_storage.data<float>(), bias.raw(), bias.bytes());
    packed->bias = memory(row_major(1, n), engine_, packed->bias_storage.data<float>());
  }
  return packed;
} catch (const dnnl::error& error) {
  throw_dnnl_error(error, "the packing of a weight " + shape_text(weight.shape()));
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

LinearEngine::Plan& LinearEngine::plan_for(const Key& key, const memory::desc& weights) {
  const auto found = plans_.find(key);
  if (found != plans_.end()) return found->second;
  if (plans_.size() >= kMaxPlans) plans_.clear();
  return plans_.emplace(key, make_plan(key, weights)).first->second;
}

void LinearEngine::run(const PackedLinear& weights, const float* x, int64_t rows,
                       Activation activation, const float* residual, float* y) try {
  const Key key{rows,       weights.in_features, weights.out_features,
                activation, weights.has_bias,    residual != nullptr};
  Plan& plan = plan_for(key, weights.weights.get_desc());
  plan.x.set_data_handle(const_cast<float*>(x));
  plan.y.set_data_handle(y);
  plan.arguments[DNNL_ARG_WEIGHTS] = weights.weights;
  if (weights.has_bias) plan.arguments[DNNL_ARG_BIAS] = weights.bias;
  if (residual != nullptr) plan.residual.set_data_handle(const_cast<float*>(residual));
  Tensor scratchpad;
  if (plan.scratchpad_bytes > 0) {
    scratchpad = Tensor({static_cast<int64_t>(plan.scratchpad_bytes)}, DType::u8);
    plan.scratchpad.set_data_handle(scratchpad.data<uint8_t>());
  }
  plan.primitive.execute(stream_, plan.arguments);
  stream_.wait();
} catch (const dnnl::error& error) {
  throw_dnnl_error(error, "a linear layer of " + std::to_string(rows) + " rows, " +
                              std::to_string(weights.in_features) + " to " +
                              std::to_string(weights.out_features) + " features");
}

}  // namespace sightline
