#include "models/weight_builder.h"

#include <sightline/error.h>

#include <algorithm>
#include <cstring>

#include "ops/stacked_weights.h"

namespace sightline {
namespace {

Tensor zeros(int64_t count) {
  Tensor tensor({count}, DType::f32);
  std::fill_n(tensor.data<float>(), count, 0.0f);
  return tensor;
}

struct Stack {
  std::string name;
  std::vector<std::string> parts;
};

const std::vector<Stack>& stacks() {
  static const std::vector<Stack> all = {{"qkv_proj", {"q_proj", "k_proj", "v_proj"}},
                                         {"kv_proj", {"k_proj", "v_proj"}},
                                         {"query_key_value", {"query", "key", "value"}},
                                         {"q_k_v", {"q", "k", "v"}}};
  return all;
}

const Stack* find_stack(const std::string& name) {
  for (const Stack& stack : stacks()) {
    if (stack.name == name) return &stack;
  }
  return nullptr;
}

}  // namespace

Tensor WeightBuilder::read(const std::string& name, const Shape& shape) {
  if (ops_ != nullptr) return source_.take(name, shape);
  source_.check(name, shape);
  return {};
}

Tensor WeightBuilder::take(const std::string& name, const Shape& shape) {
  count_ += element_count(shape);
  return read(name, shape);
}

Tensor WeightBuilder::parameter(const std::string& name, const Shape& shape) {
  const Tensor host = take(name, shape);
  return ops_ ? ops_->parameter(name, host) : Tensor();
}

Linear WeightBuilder::linear(const std::string& name, int64_t out, int64_t in, bool bias,
                             LayerPrecision layer_precision) {
  const Tensor weight = take(name + ".weight", {out, in});
  const Tensor offset = bias ? take(name + ".bias", {out}) : Tensor();
  return ops_ ? ops_->linear_weights(name, weight, offset, layer_precision) : nullptr;
}

Linear WeightBuilder::scaled_linear(const std::string& name, const std::string& scale_name,
                                    int64_t out, int64_t in, bool bias) {
  const Tensor weight = take(name + ".weight", {out, in});
  const Tensor offset = bias ? take(name + ".bias", {out}) : Tensor();
  const Tensor scale = take(scale_name, {out});
  if (ops_ == nullptr) return nullptr;
  return ops_->linear_weights(name, scaled_rows(weight, scale),
                              bias ? scaled_rows(offset, scale) : Tensor(), LayerPrecision::any);
}

Linear WeightBuilder::flattened_linear(const std::string& name, const Shape& shape, bool bias) {
  const Tensor weight = take(name + ".weight", shape);
  const Tensor offset = bias ? take(name + ".bias", {shape[0]}) : Tensor();
  if (ops_ == nullptr) return nullptr;
  return ops_->linear_weights(name, weight.reshape({shape[0], element_count(shape) / shape[0]}),
                              offset, LayerPrecision::high);
}

// Returns nothing where there is no backend.
WeightBuilder::Stacked WeightBuilder::take_stack(const std::string& prefix,
                                                 const std::string& stack, int64_t width,
                                                 int64_t in, bool bias, bool key_bias) {
  const Stack* const found = find_stack(stack);
  if (found == nullptr) throw Error(ErrorCode::internal, "unknown stack of layers '", stack, "'");
  const Shape square = {width, in}, row = {width};
  const auto has_bias = [&](const std::string& part) {
    return bias && (key_bias || part != "k_proj");
  };
  // All shapes are checked first, because a config may have any width and the stacked matrix is
  // allocated from it.
  for (const std::string& part : found->parts) {
    source_.check(prefix + "." + part + ".weight", square);
    if (has_bias(part)) source_.check(prefix + "." + part + ".bias", row);
    count_ += element_count(square) + (has_bias(part) ? element_count(row) : 0);
  }
  if (ops_ == nullptr) return {};
  std::vector<Tensor> weights, biases;
  for (const std::string& part : found->parts) {
    weights.push_back(read(prefix + "." + part + ".weight", square));
    biases.push_back(has_bias(part) ? read(prefix + "." + part + ".bias", row) : zeros(width));
  }
  return {weights, biases};
}

Linear WeightBuilder::stacked(const std::string& prefix, const std::string& stack, int64_t width,
                              int64_t in, bool bias, bool key_bias) {
  const Stacked layers = take_stack(prefix, stack, width, in > 0 ? in : width, bias, key_bias);
  if (ops_ == nullptr) return nullptr;
  const std::string name = prefix + "." + stack;
  // Zeros would be trained, and the file has no place for them.
  if (!bias) return ops_->linear_weights(name, concat(layers.weights), {});
  return ops_->stacked_weights(name, layers.weights, layers.biases);
}

AttentionPool2d WeightBuilder::attention_pool_2d(const std::string& prefix, int64_t width,
                                                 int64_t heads) {
  const Stacked layers = take_stack(prefix, "kv_proj", width, width, true, true);
  if (ops_ == nullptr) return nullptr;
  return ops_->attention_pool_2d_weights(prefix + ".kv_proj", concat(layers.weights),
                                         concat(layers.biases), heads);
}

Convolution WeightBuilder::convolution(const std::string& name, const std::string& norm_name,
                                       int64_t out, int64_t in, int64_t kernel, int64_t stride,
                                       int64_t padding, bool bias) {
  ConvolutionSpec spec;
  spec.stride = stride;
  spec.padding = padding;
  return normalized_convolution(name, norm_name, {out, in, kernel, kernel}, bias, std::move(spec));
}

Convolution WeightBuilder::depthwise_convolution(const std::string& name,
                                                 const std::string& norm_name, int64_t channels,
                                                 int64_t kernel, int64_t stride, int64_t padding,
                                                 bool bias) {
  ConvolutionSpec spec;
  spec.stride = stride;
  spec.padding = padding;
  spec.depthwise = true;
  return normalized_convolution(name, norm_name, {channels, 1, kernel, kernel}, bias,
                                std::move(spec));
}

Convolution WeightBuilder::normalized_convolution(const std::string& name,
                                                  const std::string& norm_name, const Shape& shape,
                                                  bool bias, ConvolutionSpec spec) {
  const int64_t out = shape[0];
  spec.weight = take(name + ".weight", shape);
  if (bias) spec.bias = take(name + ".bias", {out});
  if (!norm_name.empty()) {
    spec.norm.gamma = take(norm_name + ".weight", {out});
    spec.norm.beta = take(norm_name + ".bias", {out});
    spec.norm.mean = read(norm_name + ".running_mean", {out});
    spec.norm.variance = read(norm_name + ".running_var", {out});
  }
  return ops_ ? ops_->convolution_weights(name, norm_name, spec) : nullptr;
}

Tensor WeightBuilder::computed_parameter(const std::string& name, const Tensor& host) {
  return ops_ ? ops_->parameter(name, host) : Tensor();
}

Linear WeightBuilder::computed_linear(const std::string& name, const Tensor& weight,
                                      const Tensor& bias, LayerPrecision layer_precision) {
  return ops_ ? ops_->linear_weights(name, weight, bias, layer_precision) : nullptr;
}

Convolution WeightBuilder::computed_convolution(const std::string& name,
                                                const ConvolutionSpec& spec) {
  return ops_ ? ops_->convolution_weights(name, "", spec) : nullptr;
}

Tensor WeightBuilder::table_plus_row(const std::string& table_name, const Shape& table_shape,
                                     const std::string& row_name, const Shape& row_shape,
                                     int64_t skip) {
  const Tensor table = take(table_name, table_shape), row = take(row_name, row_shape);
  if (ops_ == nullptr) return {};
  const int64_t rows = table_shape[0] - skip, width = table_shape[1];
  Tensor sum({rows, width}, DType::f32);
  for (int64_t r = 0; r < rows; ++r) {
    const float* from = table.data<float>() + (r + skip) * width;
    for (int64_t c = 0; c < width; ++c)
      sum.data<float>()[r * width + c] = from[c] + row.data<float>()[c];
  }
  return ops_->parameter(table_name, sum);
}

Tensor WeightBuilder::table_with_row(const std::string& table_name, const Shape& table_shape,
                                     const std::string& row_name) {
  const Tensor table = take(table_name, table_shape), row = take(row_name, {table_shape[1]});
  if (ops_ == nullptr) return {};
  const std::vector<Tensor> parts = {table, row.reshape({1, table_shape[1]})};
  return ops_->parameter(table_name, concat(parts));
}

Tensor scaled_rows(const Tensor& weight, const Tensor& scale) {
  Tensor product(weight.shape(), DType::f32);
  const int64_t each = weight.count() / scale.count();
  for (int64_t i = 0; i < weight.count(); ++i)
    product.data<float>()[i] = weight.data<float>()[i] * scale.data<float>()[i / each];
  return product;
}

std::vector<std::string> stacked_layers(const std::string& layer) {
  const size_t own = layer.rfind('.') + 1;  // 0 where there is no dot
  const Stack* const stack = find_stack(layer.substr(own));
  if (stack == nullptr) return {layer};
  std::vector<std::string> names;
  for (const std::string& part : stack->parts) names.push_back(layer.substr(0, own) + part);
  return names;
}

std::vector<NamedTensor> split_fused(const std::string& name, const Tensor& host) {
  // PREFIX.STACK.weight: the component before the last.
  const size_t end = name.rfind('.');
  const size_t dot =
      end == std::string::npos || end == 0 ? std::string::npos : name.rfind('.', end - 1);
  const Stack* const stack =
      dot == std::string::npos ? nullptr : find_stack(name.substr(dot + 1, end - dot - 1));
  if (stack == nullptr) return {{name, host}};
  std::vector<NamedTensor> parts;
  Shape shape = host.shape();
  shape[0] /= static_cast<int64_t>(stack->parts.size());
  for (size_t i = 0; i < stack->parts.size(); ++i) {
    Tensor part(shape, DType::f32);
    std::memcpy(part.data<float>(), host.data<float>() + static_cast<int64_t>(i) * part.count(),
                part.bytes());
    parts.push_back({name.substr(0, dot + 1) + stack->parts[i] + name.substr(end), part});
  }
  return parts;
}

}  // namespace sightline
