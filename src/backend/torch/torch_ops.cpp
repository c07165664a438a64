#include "backend/torch/torch_ops.h"

#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "backend/torch/torch_guard.h"

namespace sightline {

class TorchLinear : public LinearWeights {
 public:
  struct Addition {
    int64_t begin = 0, size = 0;  // output features
    at::Tensor a, b;              // (r, K), (size, r)
    double scale = 1;
  };

  at::Tensor apply(const at::Tensor& x) const;

  at::Tensor weight, bias;  // (N, K); (N) or undefined
  std::vector<Addition> additions;
};

at::Tensor TorchLinear::apply(const at::Tensor& x) const {
  at::Tensor y = at::linear(x, weight, bias);
  for (const Addition& low : additions) {
    const at::Tensor added = at::linear(at::linear(x, low.a), low.b);
    y.narrow(-1, low.begin, low.size).add_(added, low.scale);
  }
  return y;
}

namespace {

class TorchStorage : public Storage {
 public:
  explicit TorchStorage(at::Tensor array) : array_(std::move(array)) {}
  const at::Tensor& array() const { return array_; }

 private:
  at::Tensor array_;
};

const TorchLinear& as_torch(const Linear& weights) {
  const auto* mine = dynamic_cast<const TorchLinear*>(weights.get());
  if (mine == nullptr)
    throw Error(ErrorCode::internal, "linear weights of another backend given to torch");
  return *mine;
}

[[noreturn]] void no_device(const Device& device, const std::string& why) {
  throw Error(ErrorCode::unsupported, "device '", device_name(device), "': ", why);
}

// Allocates on the device once, which libtorch refuses where it does not exist.
at::Device open_device(const Device& device) {
  if (device.kind != Device::Kind::cpu && !at::hasCUDA())
    no_device(device, "this libtorch has no CUDA, expected cpu");
  try {
    const at::Device opened(device_name(device));
    at::zeros({1}, at::TensorOptions().device(opened));
    return opened;
  } catch (const c10::Error& error) {
    no_device(device, error.what_without_backtrace());
  }
}

}  // namespace

at::Tensor torch_activation(at::Tensor y, Activation activation) {
  switch (activation) {
    case Activation::none:
      break;
    case Activation::gelu:
      return at::gelu(y);
    case Activation::gelu_tanh:
      return at::gelu(y, "tanh");
    case Activation::quick_gelu:
      return y * at::sigmoid(y * 1.702);
    case Activation::silu:
      return at::silu(y);
    case Activation::relu:
      return at::relu(y);
    case Activation::relu6:
      return at::hardtanh(y, 0, 6);
  }
  return y;
}

const at::Tensor& torch_array(const Tensor& tensor) {
  const auto* mine = dynamic_cast<const TorchStorage*>(tensor.storage().get());
  if (mine == nullptr)
    throw Error(ErrorCode::internal, "a tensor of another backend was given to torch");
  return mine->array();
}

Tensor wrap_torch(at::Tensor array) {
  Shape shape(array.sizes().begin(), array.sizes().end());
  const DType type = array.scalar_type() == at::kInt ? DType::i32 : DType::f32;
  return Tensor(std::move(shape), type, std::make_shared<TorchStorage>(std::move(array)));
}

TorchOps::TorchOps(const OpsOptions& options, bool training)
    : device_(open_device(options.device)), training_(training), batch_statistics_(training) {
  if (options.precision != Precision::fp32) {
    throw Error(ErrorCode::unsupported, "the torch backend computes in fp32, not '",
                precision_name(options.precision), "'");
  }
}

Tensor TorchOps::from_host(const Tensor& host) {
  if (host.dtype() != DType::f32 && host.dtype() != DType::i32) {
    throw Error(ErrorCode::invalid_argument, "from_host: type ", dtype_name(host.dtype()),
                ", expected f32 or i32");
  }
  const auto type = host.dtype() == DType::f32 ? at::kFloat : at::kInt;
  // Cloned, because the caller may reuse the memory of `host`.
  return wrap_torch(
      at::from_blob(const_cast<void*>(host.raw()), host.shape(), type).clone().to(device_));
}

Tensor TorchOps::to_host(const Tensor& tensor) {
  const at::Tensor array = torch_array(tensor).detach().to(at::kCPU, at::kFloat).contiguous();
  Tensor result(tensor.shape(), DType::f32);
  std::memcpy(result.data<float>(), array.data_ptr<float>(), result.bytes());
  return result;
}

at::Tensor TorchOps::add_parameter(const std::string& name, const Tensor& host) {
  at::Tensor value = torch_array(from_host(host));
  value.set_requires_grad(training_);
  parameters_.push_back({name, value});
  return value;
}

Tensor TorchOps::parameter(const std::string& name, const Tensor& host) {
  return wrap_torch(add_parameter(name, host));
}

Linear TorchOps::linear_weights(const std::string& name, const Tensor& weight, const Tensor& bias,
                                LayerPrecision) {
  auto result = std::make_shared<TorchLinear>();
  result->out_features = weight.dim(0);
  result->in_features = weight.dim(1);
  result->weight = add_parameter(name + ".weight", weight);
  if (bias.defined()) result->bias = add_parameter(name + ".bias", bias);
  if (training_) layers_.emplace_back(name, result);
  return result;
}

std::vector<TorchLayer> TorchOps::linear_layers() const {
  std::vector<TorchLayer> layers;
  for (const auto& [name, layer] : layers_)
    layers.push_back({name, layer->out_features, layer->in_features});
  return layers;
}

void TorchOps::add_low_rank(const std::string& layer, const std::string& name, int64_t begin,
                            int64_t size, const Tensor& a, double scale) {
  const auto found =
      std::ranges::find_if(layers_, [&](const auto& entry) { return entry.first == layer; });
  if (found == layers_.end()) bad_shape("add_low_rank", "there is no layer '" + layer + "'");
  TorchLinear& linear = *found->second;
  if (a.rank() != 2 || a.dim(1) != linear.in_features || begin < 0 || size < 1 ||
      begin + size > linear.out_features) {
    bad_shape("add_low_rank",
              "'" + name + "' " + shape_text(a.shape()) + " does not fit '" + layer + "'");
  }
  TorchLinear::Addition low{begin, size, add_parameter(name + ".lora_A.weight", a), {}, scale};
  Tensor zeros({size, a.dim(0)}, DType::f32);
  std::fill_n(zeros.data<float>(), zeros.count(), 0.0F);
  low.b = add_parameter(name + ".lora_B.weight", zeros);
  linear.additions.push_back(std::move(low));
}

std::vector<TorchParameter> TorchOps::merged_weights() const {
  std::vector<TorchParameter> merged;
  for (const auto& [name, layer] : layers_) {
    if (layer->additions.empty()) continue;
    at::Tensor weight = layer->weight.detach().clone();
    for (const TorchLinear::Addition& low : layer->additions) {
      weight.narrow(0, low.begin, low.size)
          .add_(at::matmul(low.b.detach(), low.a.detach()), low.scale);
    }
    merged.push_back({name + ".weight", weight});
  }
  return merged;
}

void TorchOps::add_prompt(const std::string& name, const Tensor& vectors) {
  if (vectors.rank() != 2) bad_shape("add_prompt", shape_text(vectors.shape()));
  prompt_ = add_parameter(name, vectors);
}

Tensor TorchOps::linear(const Tensor& x, const Linear& weights, Activation activation,
                        const Tensor& residual, OutputType) {
  const TorchLinear& w = as_torch(weights);
  if (x.dim(-1) != w.in_features) {
    bad_shape("linear", "input " + shape_text(x.shape()) + " does not end in " +
                            std::to_string(w.in_features));
  }
  if (residual.defined() && (residual.dim(-1) != w.out_features ||
                             residual.count() / w.out_features != x.count() / w.in_features)) {
    bad_shape("linear", "residual " + shape_text(residual.shape()) +
                            " does not fit the result of " + shape_text(x.shape()));
  }
  return guarded("linear", [&] {
    at::Tensor y = w.apply(torch_array(x));
    y = torch_activation(std::move(y), activation);
    if (residual.defined()) y = y + torch_array(residual);
    return wrap_torch(y);
  });
}

Tensor TorchOps::layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, float eps,
                            OutputType) {
  if (gamma.count() != x.dim(-1) || beta.count() != x.dim(-1)) {
    bad_shape("layer_norm", "gamma and beta must have " + std::to_string(x.dim(-1)) + " elements");
  }
  return guarded("layer_norm", [&] {
    return wrap_torch(
        at::layer_norm(torch_array(x), {x.dim(-1)}, torch_array(gamma), torch_array(beta), eps));
  });
}

Tensor TorchOps::patch_embed(Tensor pixels, const Linear& patch, int64_t patch_size) {
  const TorchLinear& w = as_torch(patch);
  if (pixels.rank() != 4 || patch_size <= 0 ||
      w.in_features != pixels.dim(1) * patch_size * patch_size || pixels.dim(2) < patch_size ||
      pixels.dim(3) < patch_size) {
    bad_shape("patch_embed", "pixels " + shape_text(pixels.shape()) + " do not fit patches of " +
                                 std::to_string(patch_size));
  }
  return guarded("patch_embed", [&] {
    const int64_t batch = pixels.dim(0), rows = pixels.dim(2) / patch_size,
                  columns = pixels.dim(3) / patch_size;
    const auto cut =
        torch_array(pixels).narrow(2, 0, rows * patch_size).narrow(3, 0, columns * patch_size);
    const auto patches = cut.reshape({batch, pixels.dim(1), rows, patch_size, columns, patch_size})
                             .permute({0, 2, 4, 1, 3, 5})
                             .reshape({batch, rows * columns, w.in_features});
    return wrap_torch(at::linear(patches, w.weight, w.bias));
  });
}

Tensor TorchOps::add_class_and_positions(const Tensor& patches, const Tensor& class_token,
                                         const Tensor& positions) {
  const int64_t batch = patches.dim(0), width = patches.dim(-1),
                count = patches.count() / (batch * width);
  const bool with_class = class_token.defined();
  const bool token_fits = !with_class || class_token.shape() == Shape{width} ||
                          class_token.shape() == Shape{batch, width};
  if (patches.rank() < 3 || !token_fits ||
      positions.shape() != Shape{count + (with_class ? 1 : 0), width}) {
    bad_shape("add_class_and_positions", "patches " + shape_text(patches.shape()) +
                                             " and positions " + shape_text(positions.shape()) +
                                             " do not fit");
  }
  return guarded("add_class_and_positions", [&] {
    at::Tensor rows = torch_array(patches).reshape({batch, count, width});
    if (with_class) {
      const auto first = torch_array(class_token).reshape({-1, 1, width}).expand({batch, 1, width});
      rows = at::cat({first, rows}, 1);
    }
    return wrap_torch(rows + torch_array(positions));
  });
}

Tensor TorchOps::embed_tokens(const Tensor& ids, const Tensor& table, const Tensor& positions,
                              SequenceOffsets offsets) {
  if (ids.rank() != 1)
    bad_shape("embed_tokens", "ids " + shape_text(ids.shape()) + ", expected (R)");
  require_offsets(offsets, ids.dim(0), positions.dim(0), "embed_tokens");
  std::vector<int64_t> place;
  for (size_t b = 0; b + 1 < offsets.size(); ++b) {
    for (int64_t t = 0; t < offsets[b + 1] - offsets[b]; ++t) place.push_back(t);
  }
  return guarded("embed_tokens", [&] {
    const at::Tensor& indices = torch_array(ids);
    const int64_t vocab = table.dim(0), prompt = prompt_.defined() ? prompt_.size(0) : 0;
    if (indices.numel() > 0 &&
        (indices.min().item<int>() < 0 || indices.max().item<int>() >= vocab + prompt)) {
      bad_shape("embed_tokens", "an id lies outside 0.." + std::to_string(vocab + prompt - 1));
    }
    const auto places = at::tensor(place, at::kLong).to(device_);
    at::Tensor words =
        at::embedding(torch_array(table), prompt > 0 ? indices.clamp_max(vocab - 1) : indices);
    if (prompt > 0) {
      const at::Tensor rows = indices.ge(vocab).nonzero().squeeze(1);
      const at::Tensor vectors = indices.index_select(0, rows).to(at::kLong) - vocab;
      words = words.index_copy(0, rows, prompt_.index_select(0, vectors));
    }
    return wrap_torch(words + torch_array(positions).index_select(0, places));
  });
}

Tensor TorchOps::gather_rows(const Tensor& x, std::span<const int32_t> rows) {
  const int64_t width = x.dim(-1), count = x.count() / width;
  for (const int32_t row : rows) {
    if (row < 0 || row >= count) {
      bad_shape("gather_rows",
                "row " + std::to_string(row) + " lies outside " + shape_text(x.shape()));
    }
  }
  return guarded("gather_rows", [&] {
    const auto index =
        at::tensor(std::vector<int64_t>(rows.begin(), rows.end()), at::kLong).to(device_);
    return wrap_torch(torch_array(x).reshape({-1, width}).index_select(0, index));
  });
}

}  // namespace sightline

// The plugin's entry (base/plugin.h); see backend/create_ops.cpp.
extern "C" sightline::Ops* sightline_create_torch_ops(const sightline::OpsOptions* options) {
  return new sightline::TorchOps(*options, false);
}
