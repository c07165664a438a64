// Converts named tensors of a ParameterSource to a backend's weights while a model is built.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/parameter_source.h"
#include "ops/ops.h"

namespace sightline {

class WeightBuilder {
 public:
  // ops null, for a tower that is not loaded: names and shapes are checked and counted, nothing is
  // read, and every result is empty.
  WeightBuilder(ParameterSource& source, Ops* ops) : source_(source), ops_(ops) {}

  Tensor parameter(const std::string& name, const Shape& shape);
  // A table that the architecture computes, which is in no file and is not trained. Host f32.
  Tensor constant(const Tensor& host) const { return ops_ ? ops_->from_host(host) : Tensor(); }

  // name.weight (N, K), and name.bias (N) where `bias`.
  Linear linear(const std::string& name, int64_t out, int64_t in, bool bias = true,
                LayerPrecision layer_precision = LayerPrecision::any);

  // The same, each output feature times the factor scale_name (N), a layer scale: weight and bias
  // are multiplied in f32 while they are read.
  Linear scaled_linear(const std::string& name, const std::string& scale_name, int64_t out,
                       int64_t in, bool bias = true);

  // A linear layer whose weight has another shape in the file, (N, K) after flattening: the patch
  // convolution. Kept in high precision.
  Linear flattened_linear(const std::string& name, const Shape& shape, bool bias = false);

  // Layers (C, C) that take the same input, stacked into one. `stack` is one of
  //   "qkv_proj"         prefix.q_proj, .k_proj, .v_proj   (3*C, C)
  //   "kv_proj"          prefix.k_proj, .v_proj            (2*C, C)
  //   "query_key_value"  prefix.query, .key, .value        (3*C, C)
  // and the stacked layer is called prefix.STACK. Throws internal for another name.
  // `in`: the input's width, if it is not C. Without `bias` the layers have none in the file,
  // without `key_bias` k_proj has none; the result has zeros.
  Linear stacked(const std::string& prefix, const std::string& stack, int64_t width, int64_t in = 0,
                 bool bias = true, bool key_bias = true);
  // The stack kv_proj, packed for Ops::attention_pool_2d.
  AttentionPool2d attention_pool_2d(const std::string& prefix, int64_t width, int64_t heads);

  // name.weight (N, K, R, R), with `bias` name.bias (N), and the batch norm that follows, where
  // norm_name is not empty: norm_name.weight, .bias, .running_mean, .running_var, each (N); eps
  // 1e-5, PyTorch's default. The running statistics are not counted as parameters.
  Convolution convolution(const std::string& name, const std::string& norm_name, int64_t out,
                          int64_t in, int64_t kernel, int64_t stride, int64_t padding,
                          bool bias = false);
  // The same for a depthwise convolution, name.weight (N, 1, R, R).
  Convolution depthwise_convolution(const std::string& name, const std::string& norm_name,
                                    int64_t channels, int64_t kernel, int64_t stride,
                                    int64_t padding, bool bias = false);

  // A table (R, C) without its first `skip` rows, plus the first row of another table. The
  // backend's parameter has the table's name.
  Tensor table_plus_row(const std::string& table_name, const Shape& table_shape,
                        const std::string& row_name, const Shape& row_shape, int64_t skip = 0);

  // A table (R, C) with one more row, row_name (C).
  Tensor table_with_row(const std::string& table_name, const Shape& table_shape,
                        const std::string& row_name);
  // For layers that are computed from several tensors of the file. Where nothing is loaded,
  // loads() is false, tensors are empty, and the functions computed_* return nothing.
  bool loads() const { return ops_ != nullptr; }
  // A tensor in host memory. A statistic, of a batch norm, does not count as a parameter.
  Tensor host_parameter(const std::string& name, const Shape& shape) { return take(name, shape); }
  Tensor host_statistic(const std::string& name, const Shape& shape) { return read(name, shape); }
  // `name` is the layer's, for a trainer.
  Tensor computed_parameter(const std::string& name, const Tensor& host);
  Linear computed_linear(const std::string& name, const Tensor& weight, const Tensor& bias,
                         LayerPrecision layer_precision = LayerPrecision::any);
  Convolution computed_convolution(const std::string& name, const ConvolutionSpec& spec);

  // Weights and biases, without the running statistics of batch norms.
  int64_t parameter_count() const { return count_; }

 private:
  struct Stacked {
    std::vector<Tensor> weights, biases;
  };
  Stacked take_stack(const std::string& prefix, const std::string& stack, int64_t width, int64_t in,
                     bool bias, bool key_bias);
  // Adds the weights of the names to `spec`.
  Convolution normalized_convolution(const std::string& name, const std::string& norm_name,
                                     const Shape& shape, bool bias, ConvolutionSpec spec);
  Tensor read(const std::string& name, const Shape& shape);
  Tensor take(const std::string& name, const Shape& shape);

  ParameterSource& source_;
  Ops* ops_;
  int64_t count_ = 0;
};

// weight (N, ...) with row n times scale[n], of N elements. Host f32.
Tensor scaled_rows(const Tensor& weight, const Tensor& scale);

// The layers that a stacked layer of the backend consists of, in its order of output features:
// "3.self_attn.qkv_proj" of 3.self_attn.q_proj, .k_proj and .v_proj. Others consist of themselves.
std::vector<std::string> stacked_layers(const std::string& layer);

// The inverse, for writing checkpoints: splits a stacked parameter of the backend into the tensors
// of a file (qkv_proj into q_proj, k_proj and v_proj, and so on). Others are returned unchanged.
std::vector<NamedTensor> split_fused(const std::string& name, const Tensor& host);

}  // namespace sightline
