#include "backend/cpu/cpu_ops.h"

#include <sightline/error.h>

#include <algorithm>
#include <cstring>

#include "backend/cpu/attention.h"
#include "backend/cpu/attention_pool_2d.h"
#include "backend/cpu/convolution.h"
#include "backend/cpu/depthwise.h"
#include "backend/cpu/elementwise.h"
#include "backend/cpu/in_chunks.h"
#include "backend/cpu/kernels/cpu_kernels.h"
#include "backend/cpu/kernels/product_kernels.h"
#include "backend/cpu/onednn/linear_engine.h"
#include "backend/cpu/op_checks.h"
#include "backend/cpu/patches.h"
#include "backend/cpu/pooling.h"
#include "backend/cpu/quantized_linear.h"
#include "base/parallel.h"
#include "ops/stacked_weights.h"
#include "tensor/arena.h"

namespace sightline {
namespace {

// The least number of rows per thread of a cheap operation: about 64 KiB of floats.
int64_t row_grain(int64_t width) {
  return std::max<int64_t>(1, 16384 / width);
}

class CpuOps : public Ops {
 public:
  CpuOps(Precision precision, bool lazy_packing) : precision_(precision), engine_(lazy_packing) {}

  std::string_view name() const override { return "cpu"; }
  Precision precision() const override { return precision_; }

  Tensor from_host(const Tensor& host) override {
    require_host(host, "from_host", "the tensor");
    return host;
  }
  Tensor to_host(const Tensor& tensor) override {
    require_host(tensor, "to_host", "the tensor");
    return tensor;
  }
  Tensor parameter(const std::string& name, const Tensor& host) override {
    require_f32(host, "parameter", name.c_str());
    return host;  // shares its memory: a token table may be in a mapped file
  }
  Linear linear_weights(const std::string& name, const Tensor& weight, const Tensor& bias,
                        LayerPrecision layer_precision) override;
  Linear stacked_weights(const std::string& name, std::span<const Tensor> weights,
                         std::span<const Tensor> biases) override;
  Tensor linear(const Tensor& x, const Linear& weights, Activation activation,
                const Tensor& residual, OutputType output) override;
  Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, float eps,
                    OutputType output) override;
  Convolution convolution_weights(const std::string& name, const std::string& norm_name,
                                  const ConvolutionSpec& spec) override;
  Tensor rms_norm(const Tensor& x, const Tensor& gamma, float eps, OutputType output) override {
    return cpu_rms_norm(x, gamma, eps, type_of(output));
  }
  Tensor add(const Tensor& x, const Tensor& y) override { return cpu_add(x, y); }
  Tensor multiply(const Tensor& x, const Tensor& y, Activation activation) override {
    return cpu_multiply(x, y, activation);
  }
  Tensor rotate(Tensor qkv, int64_t heads, const Tensor& cosines, const Tensor& sines,
                RotaryPairs pairs, SequenceOffsets offsets) override {
    return cpu_rotate(std::move(qkv), heads, cosines, sines, pairs, offsets);
  }
  Tensor attention(const Tensor& qkv, int64_t heads, bool causal,
                   SequenceOffsets offsets) override {
    return cpu_attention(qkv, heads, causal, offsets);
  }
  Tensor biased_attention(const Tensor& qkv, int64_t heads, const Tensor& bias, float scale,
                          SequenceOffsets offsets) override {
    return cpu_biased_attention(qkv, heads, bias, scale, offsets);
  }
  Tensor single_query_attention(const Tensor& q, const Tensor& kv, int64_t heads,
                                SequenceOffsets offsets) override {
    return cpu_single_query_attention(q, kv, heads, offsets);
  }
  AttentionPool2d attention_pool_2d_weights(const std::string& name, const Tensor& weight,
                                            const Tensor& bias, int64_t heads) override;
  Tensor attention_pool_2d(const Tensor& q, const Tensor& x,
                           const AttentionPool2d& weights) override {
    return cpu_attention_pool_2d(q, x, weights);
  }
  Tensor nchw_to_nhwc(const Tensor& pixels) override {
    return cpu_nchw_to_nhwc(pixels, type_of(OutputType::compute));
  }
  Tensor convolution(const Tensor& x, const Convolution& weights, Activation activation,
                     Tensor residual) override;
  Tensor average_pool(const Tensor& x, int64_t side) override { return cpu_average_pool(x, side); }
  Tensor max_pool(const Tensor& x, int64_t side, int64_t stride, int64_t padding) override {
    return cpu_max_pool(x, side, stride, padding);
  }
  Tensor mean_pool(const Tensor& x, SequenceOffsets offsets) override {
    return cpu_mean_pool(x, offsets);
  }
  Tensor patch_embed(Tensor pixels, const Linear& patch, int64_t patch_size) override;
  Tensor add_class_and_positions(const Tensor& patches, const Tensor& class_token,
                                 const Tensor& positions) override;
  Tensor embed_tokens(const Tensor& ids, const Tensor& table, const Tensor& positions,
                      SequenceOffsets offsets) override;
  Tensor in_chunks(const Tensor& x, int64_t elements,
                   const std::function<Tensor(const Tensor&)>& fn) override {
    require_host(x, "in_chunks", "x");
    return cpu_in_chunks(
        x, elements * static_cast<int64_t>(dtype_size(type_of(OutputType::compute))), fn);
  }
  Tensor gather_rows(const Tensor& x, std::span<const int32_t> rows) override;

 private:
  // The element type of an output. In int8 attention, norms and activations write bf16, and each
  // layer quantizes its input.
  DType type_of(OutputType output) const {
    return precision_ == Precision::fp32 || output == OutputType::f32 ? DType::f32 : DType::bf16;
  }

  Precision precision_;
  Arena panels_;  // weights of our own kernels
  LinearEngine engine_;
};

[[noreturn]] void throw_foreign_weights(const char* op) {
  throw Error(ErrorCode::invalid_argument, op, ": the weights were not made by the cpu backend");
}

Linear CpuOps::linear_weights(const std::string& name, const Tensor& weight, const Tensor& bias,
                              LayerPrecision layer_precision) {
  require_f32(weight, "linear_weights", name.c_str());
  require_rank(weight, 2, "linear_weights", name.c_str());
  if (bias.defined()) {
    require_f32(bias, "linear_weights", name.c_str());
    require_shape(bias, {weight.dim(0)}, "linear_weights", "the bias");
  }
  if (precision_ == Precision::fp32) return engine_.hold({&weight, 1}, bias);
  const bool int8 = precision_ == Precision::int8 && layer_precision == LayerPrecision::any &&
                    weight.dim(1) <= kMostInt8Inputs;
  if (int8) require_finite(weight, "linear_weights", name.c_str());
  return pack_quantized(weight, bias, int8 ? Precision::int8 : Precision::bf16, panels_);
}

// Concatenating stacked layers would take a third of the time of one query's text tower.
Linear CpuOps::stacked_weights(const std::string& name, std::span<const Tensor> weights,
                               std::span<const Tensor> biases) {
  if (precision_ != Precision::fp32 || !engine_.lazy_packing()) {
    return Ops::stacked_weights(name, weights, biases);
  }
  for (size_t i = 0; i < weights.size(); ++i) {
    require_f32(weights[i], "stacked_weights", name.c_str());
    require_rank(weights[i], 2, "stacked_weights", name.c_str());
    require_last(weights[i], weights.front().dim(1), "stacked_weights", name.c_str());
    require_f32(biases[i], "stacked_weights", name.c_str());
    require_shape(biases[i], {weights[i].dim(0)}, "stacked_weights", "the bias");
  }
  return engine_.hold(weights, concat(biases));
}

Tensor CpuOps::linear(const Tensor& x, const Linear& weights, Activation activation,
                      const Tensor& residual, OutputType output) {
  if (weights == nullptr) throw_foreign_weights("linear");
  require_float(x, "linear", "x");
  require_last(x, weights->in_features, "linear", "x");
  Shape shape = x.shape();
  shape.back() = weights->out_features;
  if (residual.defined()) {
    require_float(residual, "linear", "the residual");
    require_shape(residual, shape, "linear", "the residual");
  }
  if (const auto* quantized = dynamic_cast<const QuantizedLinear*>(weights.get())) {
    return run_quantized(*quantized, x, activation, residual, type_of(output));
  }
  const auto* packed = dynamic_cast<const PackedLinear*>(weights.get());
  if (packed == nullptr) throw_foreign_weights("linear");
  require_f32(x, "linear", "x");
  if (residual.defined()) require_f32(residual, "linear", "the residual");
  Tensor y(std::move(shape), DType::f32);
  engine_.run(*packed, x.data<float>(), x.count() / packed->in_features, activation,
              residual.defined() ? residual.data<float>() : nullptr, y.data<float>());
  return y;
}

Tensor CpuOps::layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, float eps,
                          OutputType output) {
  if (x.defined() && x.dtype() == DType::bf16)
    return layer_norm(to_f32(x), gamma, beta, eps, output);
  require_f32(x, "layer_norm", "x");
  const int64_t width = x.dim(-1);
  for (const auto& [tensor, what] : {std::pair{&gamma, "gamma"}, std::pair{&beta, "beta"}}) {
    require_f32(*tensor, "layer_norm", what);
    require_shape(*tensor, {width}, "layer_norm", what);
  }
  Tensor y(x.shape(), type_of(output));
  const float* from = x.data<float>();
  const CpuKernels& kernels = cpu_kernels();
  parallel_for(x.count() / width, row_grain(width), [&](int64_t begin, int64_t end) {
    const auto norm = [&](auto* function, auto* to) {
      function(from + begin * width, gamma.data<float>(), beta.data<float>(), eps, end - begin,
               width, to + begin * width);
    };
    if (y.dtype() == DType::bf16) {
      norm(kernels.layer_norm_bf16, y.data<uint16_t>());
    } else {
      norm(kernels.layer_norm_rows, y.data<float>());
    }
  });
  return y;
}

Convolution CpuOps::convolution_weights(const std::string& name, const std::string&,
                                        const ConvolutionSpec& spec) {
  require_convolution(spec, name);
  if (spec.depthwise) return pack_depthwise(spec, panels_);
  return pack_convolution(name, spec, precision_, panels_);
}

AttentionPool2d CpuOps::attention_pool_2d_weights(const std::string& name, const Tensor& weight,
                                                  const Tensor& bias, int64_t heads) {
  constexpr const char* kOp = "attention_pool_2d_weights";
  require_f32(weight, kOp, name.c_str());
  require_rank(weight, 2, kOp, name.c_str());
  const int64_t channels = weight.dim(1);
  require_shape(weight, {2 * channels, channels}, kOp, name.c_str());
  require_f32(bias, kOp, (name + ".bias").c_str());
  require_shape(bias, {2 * channels}, kOp, (name + ".bias").c_str());
  if (heads < 1 || channels % heads != 0) {
    throw Error(ErrorCode::invalid_argument, kOp, ": '", name, "' of ", channels,
                " channels does not divide into ", heads, " heads");
  }
  // In int8, as in other attention, keys and values are bf16. An odd head does not fill units.
  const bool low = precision_ != Precision::fp32 && channels / heads % 2 == 0;
  return pack_attention_pool_2d(weight, bias, heads, low ? Precision::bf16 : Precision::fp32,
                                panels_);
}

Tensor CpuOps::convolution(const Tensor& x, const Convolution& weights, Activation activation,
                           Tensor residual) {
  const auto* packed = dynamic_cast<const PackedConvolution*>(weights.get());
  const auto* depthwise = dynamic_cast<const DepthwiseConvolution*>(weights.get());
  if (packed == nullptr && depthwise == nullptr) throw_foreign_weights("convolution");
  require_host(x, "convolution", "x");
  if (x.dtype() != DType::f32) require_dtype(x, type_of(OutputType::compute), "convolution", "x");
  require_rank(x, 4, "convolution", "x");
  require_last(x, weights->in_channels, "convolution", "x");
  const int64_t height = x.dim(1) + 2 * weights->padding - weights->kernel;
  const int64_t width = x.dim(2) + 2 * weights->padding - weights->kernel;
  if (height < 0 || width < 0) {
    throw Error(ErrorCode::invalid_argument, "convolution: x ", shape_text(x.shape()),
                " is smaller than the window of side ", weights->kernel, " with padding ",
                weights->padding);
  }
  if (residual.defined()) {
    require_dtype(residual, type_of(OutputType::compute), "convolution", "residual");
    require_shape(residual,
                  {x.dim(0), height / weights->stride + 1, width / weights->stride + 1,
                   weights->out_channels},
                  "convolution", "residual");
  }
  const DType type = type_of(OutputType::compute);
  if (depthwise != nullptr)
    return run_depthwise(*depthwise, x, activation, std::move(residual), type);
  return run_convolution(*packed, x, activation, std::move(residual), type,
                         precision_ == Precision::int8);
}

Tensor CpuOps::patch_embed(Tensor pixels, const Linear& patch, int64_t patch_size) {
  if (patch == nullptr) throw_foreign_weights("patch_embed");
  require_f32(pixels, "patch_embed", "pixels");
  require_rank(pixels, 4, "patch_embed", "pixels");
  const int64_t side = pixels.dim(3);
  if (patch_size < 1 || patch_size > side || pixels.dim(1) != 3 || pixels.dim(2) != side ||
      patch->in_features != 3 * patch_size * patch_size) {
    throw Error(ErrorCode::invalid_argument, "patch_embed: pixels ", shape_text(pixels.shape()),
                " and weights of ", patch->in_features,
                " inputs do not fit: expected (B, 3, S, S) and 3 * P * P with P = ", patch_size);
  }
  const Tensor unfolded = unfold_patches(std::move(pixels), patch_size);
  return linear(unfolded, patch, Activation::none, Tensor(), OutputType::f32);
}

Tensor CpuOps::add_class_and_positions(const Tensor& patches, const Tensor& class_token,
                                       const Tensor& positions) {
  constexpr const char* kOp = "add_class_and_positions";
  require_float(patches, kOp, "patches");
  if (patches.rank() < 3) {
    throw Error(ErrorCode::invalid_argument, "add_class_and_positions: patches ",
                shape_text(patches.shape()), " have no positions, expected (B, ..., C)");
  }
  const bool with_class = class_token.defined();
  if (with_class) require_f32(class_token, kOp, "class_token");
  require_f32(positions, kOp, "positions");
  const int64_t batch = patches.dim(0);
  const int64_t width = patches.dim(-1);
  const int64_t before = with_class ? 1 : 0;
  const int64_t count = patches.count() / (batch * width) + before;
  const bool one_each = with_class && class_token.rank() == 2;
  if (with_class)
    require_shape(class_token, one_each ? Shape{batch, width} : Shape{width}, kOp, "class_token");
  require_shape(positions, {count, width}, kOp, "positions");
  Tensor y({batch, count, width}, DType::f32);
  const float* first = with_class ? class_token.data<float>() : nullptr;
  const float* position = positions.data<float>();
  float* to = y.data<float>();
  const auto add = [&](const auto* source, int64_t row) {
    const float* const added = position + row % count * width;
    for (int64_t c = 0; c < width; ++c) to[row * width + c] = value_of(source[c]) + added[c];
  };
  parallel_for(batch * count, row_grain(width), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t b = row / count, from = (row - (b + 1) * before) * width;
      if (row % count < before) {
        add(first + (one_each ? b * width : 0), row);
      } else if (patches.dtype() == DType::bf16) {
        add(patches.data<uint16_t>() + from, row);
      } else {
        add(patches.data<float>() + from, row);
      }
    }
  });
  return y;
}

Tensor CpuOps::embed_tokens(const Tensor& ids, const Tensor& table, const Tensor& positions,
                            SequenceOffsets offsets) {
  require_dtype(ids, DType::i32, "embed_tokens", "ids");
  require_rank(ids, 1, "embed_tokens", "ids");
  require_f32(table, "embed_tokens", "table");
  require_rank(table, 2, "embed_tokens", "table");
  require_f32(positions, "embed_tokens", "positions");
  require_rank(positions, 2, "embed_tokens", "positions");
  const int64_t width = table.dim(1);
  require_last(positions, width, "embed_tokens", "positions");
  require_offsets(offsets, ids.dim(0), positions.dim(0), "embed_tokens");
  const auto* id = ids.data<int32_t>();
  for (int64_t i = 0; i < ids.count(); ++i) {
    if (id[i] < 0 || id[i] >= table.dim(0)) {
      throw Error(ErrorCode::invalid_argument, "embed_tokens: token id ", id[i],
                  " is outside the table ", shape_text(table.shape()));
    }
  }
  Tensor y({ids.dim(0), width}, DType::f32);
  const float* const rows = table.data<float>();
  float* to = y.data<float>();
  for (size_t b = 0; b + 1 < offsets.size(); ++b) {
    const float* position = positions.data<float>();
    for (int64_t row = offsets[b]; row < offsets[b + 1]; ++row, to += width, position += width) {
      const float* const source = rows + static_cast<int64_t>(id[row]) * width;
      for (int64_t c = 0; c < width; ++c) to[c] = source[c] + position[c];
    }
  }
  return y;
}

Tensor CpuOps::gather_rows(const Tensor& x, std::span<const int32_t> rows) {
  require_float(x, "gather_rows", "x");
  const int64_t width = x.dim(-1), count = x.count() / width;
  if (rows.empty()) throw Error(ErrorCode::invalid_argument, "gather_rows: no rows");
  Tensor y({static_cast<int64_t>(rows.size()), width}, x.dtype());
  const size_t bytes = static_cast<size_t>(width) * dtype_size(x.dtype());
  const auto* const from = static_cast<const uint8_t*>(x.raw());
  auto* const to = static_cast<uint8_t*>(const_cast<void*>(y.raw()));
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] < 0 || rows[i] >= count) {
      throw Error(ErrorCode::invalid_argument, "gather_rows: row ", rows[i], " is outside x ",
                  shape_text(x.shape()));
    }
    std::memcpy(to + i * bytes, from + static_cast<size_t>(rows[i]) * bytes, bytes);
  }
  return y;
}

}  // namespace

std::vector<Precision> fast_cpu_precisions() {
  std::vector<Precision> precisions;
  if (int8_kernels().native) precisions.push_back(Precision::int8);
  if (bf16_kernels().native) precisions.push_back(Precision::bf16);
  return precisions;
}

std::unique_ptr<Ops> create_cpu_ops(const OpsOptions& options) {
  if (options.device.kind != Device::Kind::cpu) {
    throw Error(ErrorCode::unsupported, "the cpu backend has no device '",
                device_name(options.device), "', only cpu; cuda needs the torch backend");
  }
  return std::make_unique<CpuOps>(options.precision, options.lazy_packing);
}

}  // namespace sightline
