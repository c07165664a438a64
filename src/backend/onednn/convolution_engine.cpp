#include "backend/onednn/convolution_engine.h"

#include <cmath>
#include <cstring>

#include "backend/onednn/low_precision.h"
#include "backend/onednn/plan_hash.h"
#include "base/parallel.h"

namespace sightline {
namespace {

using dnnl::memory;

// Plans kept. A model has a few dozen different convolutions, and batches are full or the last.
constexpr size_t kMaxPlans = 512;
constexpr size_t kMaxCopies = 2;

memory::data_type dnnl_type(DType type) {
  return type == DType::bf16 ? memory::data_type::bf16 : memory::data_type::f32;
}

memory::desc channels_last(int64_t batch, int64_t channels, int64_t height, int64_t width,
                           DType type) {
  return {{batch, channels, height, width}, dnnl_type(type), memory::format_tag::nhwc};
}

Tensor storage_for(const memory::desc& desc) {
  return Tensor({static_cast<int64_t>((desc.get_size() + 3) / 4)}, DType::f32);
}

int64_t output_side(int64_t side, int64_t kernel, int64_t stride, int64_t padding) {
  return (side + 2 * padding - kernel) / stride + 1;
}

// weight and bias (N) of the convolution alone, with what the batch norm does to each channel:
//   gamma / sqrt(variance + eps) * (convolution + bias - mean) + beta
void fold(const ConvolutionSpec& spec, float* weight, float* bias) {
  const int64_t out = spec.weight.dim(0);
  const int64_t inputs = spec.weight.count() / out;
  const float* const from = spec.weight.data<float>();
  const BatchNorm& norm = spec.norm;
  for (int64_t n = 0; n < out; ++n) {
    double scale = 1, offset = spec.bias.defined() ? spec.bias.data<float>()[n] : 0.0;
    if (norm.gamma.defined()) {
      const double variance = norm.variance.data<float>()[n];
      scale = norm.gamma.data<float>()[n] / std::sqrt(variance + static_cast<double>(norm.eps));
      offset = (offset - norm.mean.data<float>()[n]) * scale + norm.beta.data<float>()[n];
    }
    for (int64_t i = n * inputs; i < (n + 1) * inputs; ++i) {
      weight[i] = static_cast<float>(from[i] * scale);
    }
    bias[n] = static_cast<float>(offset);
  }
}

void copy_parallel(const Tensor& from, Tensor& to) {
  constexpr int64_t kGrain = 1 << 18;
  const auto* const source = static_cast<const uint8_t*>(from.raw());
  auto* const target = static_cast<uint8_t*>(const_cast<void*>(to.raw()));
  parallel_for(static_cast<int64_t>(from.bytes()), kGrain, [&](int64_t begin, int64_t end) {
    std::memcpy(target + begin, source + begin, static_cast<size_t>(end - begin));
  });
}

}  // namespace

const memory& PackedConvolution::in_layout(const memory::desc& layout, const dnnl::engine& engine,
                                           dnnl::stream& stream) const {
  for (const Copy& copy : copies_) {
    if (copy.memory.get_desc() == layout) return copy.memory;
  }
  Copy made;
  made.storage = storage_for(layout);
  made.memory = memory(layout, engine, made.storage.data<float>());
  memory from = copies_.front().memory;
  dnnl::reorder(from, made.memory).execute(stream, from, made.memory);
  stream.wait();
  if (plain_) copies_.clear();
  if (copies_.size() >= kMaxCopies) copies_.erase(copies_.begin());
  plain_ = false;
  copies_.push_back(std::move(made));
  return copies_.back().memory;
}

size_t ConvolutionEngine::KeyHash::operator()(const Key& key) const {
  return hash_numbers({key.batch, key.height, key.width, key.in_channels, key.out_channels,
                       key.kernel, key.stride, key.padding,
                       static_cast<int64_t>(key.activation) * 4 + key.has_bias * 2 +
                           static_cast<int64_t>(key.has_residual)});
}

ConvolutionEngine::ConvolutionEngine(DType type) try
    : type_(type), engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
} catch (const dnnl::error& error) {
  throw_dnnl_error(error, "the start of its CPU engine");
}

std::shared_ptr<const PackedConvolution> ConvolutionEngine::pack(const ConvolutionSpec& spec) try {
  auto packed = std::make_shared<PackedConvolution>();
  packed->out_channels = spec.weight.dim(0);
  packed->in_channels = spec.weight.dim(1);
  packed->kernel = spec.weight.dim(2);
  packed->stride = spec.stride;
  packed->padding = spec.padding;
  packed->has_bias = spec.bias.defined() || spec.norm.gamma.defined();

  const memory::desc plain({packed->out_channels, packed->in_channels, packed->kernel, packed->kernel},
                           memory::data_type::f32, memory::format_tag::oihw);
  PackedConvolution::Copy copy;
  copy.storage = storage_for(plain);
  copy.memory = memory(plain, engine_, copy.storage.data<float>());
  packed->bias_storage = Tensor({packed->out_channels}, DType::f32);
  fold(spec, copy.storage.data<float>(), packed->bias_storage.data<float>());
  packed->copies_.push_back(std::move(copy));
  if (packed->has_bias) {
    packed->bias = memory({{packed->out_channels}, memory::data_type::f32, memory::format_tag::a},
                          engine_, packed->bias_storage.data<float>());
  }
  return packed;
} catch (const dnnl::error& error) {
  throw_dnnl_error(error, "the packing of a convolution's weight " + shape_text(spec.weight.shape()));
}

ConvolutionEngine::Plan ConvolutionEngine::make_plan(const Key& key) {
  ConvolutionPlanSpec spec;
  spec.x = channels_last(key.batch, key.in_channels, key.height, key.width, type_);
  spec.weights = {{key.out_channels, key.in_channels, key.kernel, key.kernel}, dnnl_type(type_),
                  memory::format_tag::any};
  spec.bias = {{key.out_channels}, memory::data_type::f32, memory::format_tag::a};
  spec.y = channels_last(key.batch, key.out_channels,
                         output_side(key.height, key.kernel, key.stride, key.padding),
                         output_side(key.width, key.kernel, key.stride, key.padding), type_);
  spec.stride = key.stride;
  spec.padding = key.padding;
  spec.has_bias = key.has_bias;
  spec.activation = key.activation;
  spec.has_residual = key.has_residual;
  const auto desc = make_convolution_desc(engine_, spec);

  Plan plan;
  plan.primitive = dnnl::convolution_forward(desc);
  plan.weights = desc.weights_desc();
  plan.x = memory(spec.x, engine_, nullptr);
  plan.y = memory(spec.y, engine_, nullptr);
  plan.scratchpad_bytes = desc.scratchpad_desc().get_size();
  plan.scratchpad = memory(desc.scratchpad_desc(), engine_, nullptr);
  plan.arguments = {{DNNL_ARG_SRC, plan.x}, {DNNL_ARG_DST, plan.y}};
  if (plan.scratchpad_bytes > 0) plan.arguments.insert({DNNL_ARG_SCRATCHPAD, plan.scratchpad});
  return plan;
}

ConvolutionEngine::Plan& ConvolutionEngine::plan_for(const Key& key) {
  const auto found = plans_.find(key);
  if (found != plans_.end()) return found->second;
  if (plans_.size() >= kMaxPlans) plans_.clear();
  return plans_.emplace(key, make_plan(key)).first->second;
}

Tensor ConvolutionEngine::run(const PackedConvolution& weights, const Tensor& picture,
                              Activation activation, const Tensor& residual) try {
  const Tensor x = picture.dtype() == type_ ? picture : round_to_bf16(picture);
  const Key key{x.dim(0),         x.dim(1),       x.dim(2),
                weights.in_channels, weights.out_channels, weights.kernel,
                weights.stride,   weights.padding, activation,
                weights.has_bias, residual.defined()};
  Plan& plan = plan_for(key);
  Tensor y({key.batch, output_side(key.height, key.kernel, key.stride, key.padding),
            output_side(key.width, key.kernel, key.stride, key.padding), key.out_channels},
           type_);
  if (residual.defined()) copy_parallel(residual, y);
  plan.x.set_data_handle(const_cast<void*>(x.raw()));
  plan.y.set_data_handle(const_cast<void*>(y.raw()));
  plan.arguments[DNNL_ARG_WEIGHTS] = weights.in_layout(plan.weights, engine_, stream_);
  if (weights.has_bias) plan.arguments[DNNL_ARG_BIAS] = weights.bias;
  Tensor scratchpad;
  if (plan.scratchpad_bytes > 0) {
    scratchpad = Tensor({static_cast<int64_t>(plan.scratchpad_bytes)}, DType::u8);
    plan.scratchpad.set_data_handle(scratchpad.data<uint8_t>());
  }
  plan.primitive.execute(stream_, plan.arguments);
  stream_.wait();
  return y;
} catch (const dnnl::error& error) {
  throw_dnnl_error(error, "a convolution of " + shape_text(picture.shape()) + " with " +
                              std::to_string(weights.out_channels) + " output channels and side " +
                              std::to_string(weights.kernel));
}

}  // namespace sightline
