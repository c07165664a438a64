#include "backend/onednn/onednn_ops.h"

#include <sightline/error.h>

#include <algorithm>
#include <cstring>

#include "backend/onednn/cpu_kernels.h"
#include "backend/onednn/linear_engine.h"
#include "backend/onednn/op_checks.h"
#include "base/parallel.h"

namespace sightline {
namespace {

// Rows of a cheap operation that are worth a thread of their own: about 64 KiB of floats.
int64_t row_grain(int64_t width) { return std::max<int64_t>(1, 16384 / width); }

class OnednnOps : public Ops {
 public:
  std::string_view name() const override { return "onednn"; }
  std::string_view precision() const override { return "fp32"; }

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
    return to_f32(host);
  }
  Linear linear_weights(const std::string& name, const Tensor& weight,
                        const Tensor& bias) override;
  Tensor linear(const Tensor& x, const Linear& weights, Activation activation,
                const Tensor& residual) override;
  Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, float eps) override;
  Convolution convolution_weights(const std::string& name, const std::string& norm_name,
                                  const ConvolutionSpec& spec) override;
  Tensor attention(const Tensor& qkv, int64_t heads, bool causal,
                   std::span<const int32_t> lengths = {}) override;
  Tensor attention_pool(const Tensor& q, const Tensor& kv, int64_t heads) override;
  Tensor channels_last(const Tensor& pixels) override;
  Tensor convolution(const Tensor& x, const Convolution& weights, Activation activation,
                     const Tensor& residual) override;
  Tensor average_pool(const Tensor& x, int64_t side) override;
  Tensor max_pool(const Tensor& x, int64_t side, int64_t stride, int64_t padding) override;
  Tensor mean_positions(const Tensor& x, std::span<const int32_t> lengths = {}) override;
  Tensor patch_embed(const Tensor& pixels, const Linear& patch, int64_t patch_size) override;
  Tensor add_class_and_positions(const Tensor& patches, const Tensor& class_token,
                                 const Tensor& positions) override;
  Tensor embed_tokens(const Tensor& ids, const Tensor& table, const Tensor& positions) override;
  Tensor select_positions(const Tensor& x, std::span<const int32_t> position) override;

 private:
  LinearEngine engine_;
};

const PackedLinear& packed(const Linear& weights, const char* op) {
  const auto* own = dynamic_cast<const PackedLinear*>(weights.get());
  if (own == nullptr) {
    throw Error(ErrorCode::invalid_argument,
                std::string(op) + ": the weights were not made by the onednn backend");
  }
  return *own;
}

Linear OnednnOps::linear_weights(const std::string& name, const Tensor& weight,
                                 const Tensor& bias) {
  require_f32(weight, "linear_weights", name.c_str());
  require_rank(weight, 2, "linear_weights", name.c_str());
  if (bias.defined()) {
    require_f32(bias, "linear_weights", name.c_str());
    require_shape(bias, {weight.dim(0)}, "linear_weights", "the bias");
  }
  return engine_.pack(weight, bias);
}

Tensor OnednnOps::linear(const Tensor& x, const Linear& weights, Activation activation,
                         const Tensor& residual) {
  const PackedLinear& w = packed(weights, "linear");
  require_f32(x, "linear", "x");
  require_last(x, w.in_features, "linear", "x");
  Shape shape = x.shape();
  shape.back() = w.out_features;
  if (residual.defined()) {
    require_f32(residual, "linear", "the residual");
    require_shape(residual, shape, "linear", "the residual");
  }
  Tensor y(std::move(shape), DType::f32);
  engine_.run(w, x.data<float>(), x.count() / w.in_features, activation,
              residual.defined() ? residual.data<float>() : nullptr, y.data<float>());
  return y;
}

Tensor OnednnOps::layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, float eps) {
  require_f32(x, "layer_norm", "x");
  const int64_t width = x.dim(-1);
  for (const auto& [tensor, what] : {std::pair{&gamma, "gamma"}, std::pair{&beta, "beta"}}) {
    require_f32(*tensor, "layer_norm", what);
    require_shape(*tensor, {width}, "layer_norm", what);
  }
  Tensor y(x.shape(), DType::f32);
  const float* from = x.data<float>();
  float* to = y.data<float>();
  const CpuKernels& kernels = cpu_kernels();
  parallel_for(x.count() / width, row_grain(width), [&](int64_t begin, int64_t end) {
    kernels.layer_norm_rows(from + begin * width, gamma.data<float>(), beta.data<float>(), eps,
                            end - begin, width, to + begin * width);
  });
  return y;
}

[[noreturn]] void not_yet(const char* op) {
  throw Error(ErrorCode::unsupported, std::string("the onednn backend has no ") + op);
}

Convolution OnednnOps::convolution_weights(const std::string&, const std::string&, const ConvolutionSpec&) { not_yet("convolution_weights"); }
Tensor OnednnOps::attention_pool(const Tensor&, const Tensor&, int64_t) { not_yet("attention_pool"); }
Tensor OnednnOps::channels_last(const Tensor&) { not_yet("channels_last"); }
Tensor OnednnOps::convolution(const Tensor&, const Convolution&, Activation, const Tensor&) { not_yet("convolution"); }
Tensor OnednnOps::average_pool(const Tensor&, int64_t) { not_yet("average_pool"); }
Tensor OnednnOps::max_pool(const Tensor&, int64_t, int64_t, int64_t) { not_yet("max_pool"); }
Tensor OnednnOps::mean_positions(const Tensor&, std::span<const int32_t>) { not_yet("mean_positions"); }

Tensor OnednnOps::attention(const Tensor& qkv, int64_t heads, bool causal,
                            std::span<const int32_t> lengths) {
  if (!lengths.empty()) not_yet("attention with lengths");
  require_f32(qkv, "attention", "qkv");
  require_rank(qkv, 3, "attention", "qkv");
  const int64_t batch = qkv.dim(0);
  const int64_t positions = qkv.dim(1);
  const int64_t channels = qkv.dim(2) / 3;
  if (heads < 1 || qkv.dim(2) % 3 != 0 || channels % heads != 0) {
    throw Error(ErrorCode::invalid_argument, "attention: qkv " + shape_text(qkv.shape()) +
                                                 " does not divide into q, k, v of " +
                                                 std::to_string(heads) + " heads");
  }
  const int64_t width = channels / heads;
  Tensor y({batch, positions, channels}, DType::f32);
  const float* from = qkv.data<float>();
  float* to = y.data<float>();
  const CpuKernels& kernels = cpu_kernels();
  const int64_t flops = 4 * positions * positions * width;
  const int64_t grain = std::max<int64_t>(1, 1'000'000 / flops);
  parallel_for(batch * heads, grain, [&](int64_t begin, int64_t end) {
    Tensor scratch({attention_scratch_floats(positions, width)}, DType::f32);
    for (int64_t task = begin; task < end; ++task) {
      const int64_t b = task / heads;
      const int64_t h = task % heads;
      const float* q = from + b * positions * 3 * channels + h * width;
      const AttentionHead head{q,         q + channels, q + 2 * channels,
                               to + b * positions * channels + h * width,
                               positions, width,        3 * channels,
                               channels,  causal};
      kernels.attention_head(head, scratch.data<float>());
    }
  });
  return y;
}

// The patches of one picture, (patches, 3 * P * P), in the order of the convolution's weights.
void unfold_patches(const float* pixels, int64_t side, int64_t patch, float* out) {
  const int64_t grid = side / patch;
  for (int64_t row = 0; row < grid; ++row) {
    for (int64_t column = 0; column < grid; ++column) {
      for (int64_t channel = 0; channel < 3; ++channel) {
        const float* corner = pixels + (channel * side + row * patch) * side + column * patch;
        for (int64_t y = 0; y < patch; ++y, out += patch) {
          std::memcpy(out, corner + y * side, static_cast<size_t>(patch) * sizeof(float));
        }
      }
    }
  }
}

Tensor OnednnOps::patch_embed(const Tensor& pixels, const Linear& patch, int64_t patch_size) {
  const PackedLinear& w = packed(patch, "patch_embed");
  require_f32(pixels, "patch_embed", "pixels");
  require_rank(pixels, 4, "patch_embed", "pixels");
  const int64_t side = pixels.dim(3);
  if (patch_size < 1 || patch_size > side || pixels.dim(1) != 3 || pixels.dim(2) != side ||
      w.in_features != 3 * patch_size * patch_size) {
    throw Error(ErrorCode::invalid_argument,
                "patch_embed: pixels " + shape_text(pixels.shape()) + " and weights of " +
                    std::to_string(w.in_features) +
                    " inputs do not fit: expected (B, 3, S, S) and 3 * P * P with P = " +
                    std::to_string(patch_size));
  }
  const int64_t batch = pixels.dim(0);
  const int64_t patches = (side / patch_size) * (side / patch_size);
  Tensor unfolded({batch, patches, w.in_features}, DType::f32);
  const float* from = pixels.data<float>();
  float* to = unfolded.data<float>();
  parallel_for(batch, 1, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      unfold_patches(from + b * 3 * side * side, side, patch_size,
                     to + b * patches * w.in_features);
    }
  });
  return linear(unfolded, patch, Activation::none, Tensor());
}

Tensor OnednnOps::add_class_and_positions(const Tensor& patches, const Tensor& class_token,
                                          const Tensor& positions) {
  constexpr const char* kOp = "add_class_and_positions";
  require_f32(patches, kOp, "patches");
  require_rank(patches, 3, kOp, "patches");
  require_f32(class_token, kOp, "class_token");
  require_f32(positions, kOp, "positions");
  const int64_t batch = patches.dim(0);
  const int64_t count = patches.dim(1) + 1;
  const int64_t width = patches.dim(2);
  require_shape(class_token, {width}, kOp, "class_token");
  require_shape(positions, {count, width}, kOp, "positions");
  Tensor y({batch, count, width}, DType::f32);
  const float* from = patches.data<float>();
  const float* first = class_token.data<float>();
  const float* position = positions.data<float>();
  float* to = y.data<float>();
  parallel_for(batch * count, row_grain(width), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t t = row % count;
      const float* source = t == 0 ? first : from + (row - row / count - 1) * width;
      for (int64_t c = 0; c < width; ++c) to[row * width + c] = source[c] + position[t * width + c];
    }
  });
  return y;
}

Tensor OnednnOps::embed_tokens(const Tensor& ids, const Tensor& table, const Tensor& positions) {
  require_dtype(ids, DType::i32, "embed_tokens", "ids");
  require_rank(ids, 2, "embed_tokens", "ids");
  require_f32(table, "embed_tokens", "table");
  require_rank(table, 2, "embed_tokens", "table");
  require_f32(positions, "embed_tokens", "positions");
  require_rank(positions, 2, "embed_tokens", "positions");
  const int64_t count = ids.dim(1);
  const int64_t width = table.dim(1);
  if (positions.dim(0) < count || positions.dim(1) != width) {
    throw Error(ErrorCode::invalid_argument,
                "embed_tokens: positions " + shape_text(positions.shape()) +
                    ", expected at least " + shape_text({count, width}));
  }
  const auto* id = ids.data<int32_t>();
  for (int64_t i = 0; i < ids.count(); ++i) {
    if (id[i] < 0 || id[i] >= table.dim(0)) {
      throw Error(ErrorCode::invalid_argument, "embed_tokens: token id " + std::to_string(id[i]) +
                                                   " is outside the table " +
                                                   shape_text(table.shape()));
    }
  }
  Tensor y({ids.dim(0), count, width}, DType::f32);
  const float* rows = table.data<float>();
  const float* position = positions.data<float>();
  float* to = y.data<float>();
  parallel_for(ids.count(), row_grain(width), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const float* source = rows + static_cast<int64_t>(id[row]) * width;
      const float* added = position + row % count * width;
      for (int64_t c = 0; c < width; ++c) to[row * width + c] = source[c] + added[c];
    }
  });
  return y;
}

Tensor OnednnOps::select_positions(const Tensor& x, std::span<const int32_t> position) {
  require_f32(x, "select_positions", "x");
  require_rank(x, 3, "select_positions", "x");
  if (static_cast<int64_t>(position.size()) != x.dim(0)) {
    throw Error(ErrorCode::invalid_argument,
                "select_positions: " + std::to_string(position.size()) + " positions for x " +
                    shape_text(x.shape()));
  }
  const int64_t width = x.dim(2);
  Tensor y({x.dim(0), width}, DType::f32);
  for (int64_t b = 0; b < x.dim(0); ++b) {
    if (position[b] < 0 || position[b] >= x.dim(1)) {
      throw Error(ErrorCode::invalid_argument,
                  "select_positions: position " + std::to_string(position[b]) + " is outside x " +
                      shape_text(x.shape()));
    }
    std::memcpy(y.data<float>() + b * width,
                x.data<float>() + (b * x.dim(1) + position[b]) * width,
                static_cast<size_t>(width) * sizeof(float));
  }
  return y;
}

}  // namespace

std::unique_ptr<Ops> create_onednn_ops(const OpsOptions& options) {
  if (options.precision != "fp32") {
    throw Error(ErrorCode::unsupported,
                "the onednn backend has no precision '" + options.precision + "': it has fp32");
  }
  if (options.device != "cpu") {
    throw Error(ErrorCode::unsupported,
                "the onednn backend has no device '" + options.device + "': it has cpu");
  }
  return std::make_unique<OnednnOps>();
}

}  // namespace sightline
