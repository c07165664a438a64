#include "models/timm/branch_sum.h"

#include <cmath>
#include <utility>

namespace sightline {

LinearNorm::LinearNorm(WeightBuilder& weights, const std::string& name, int64_t channels) {
  constexpr double kEps = 1e-5;  // PyTorch's default
  const Shape shape = {channels};
  const Tensor gamma = weights.host_parameter(name + ".weight", shape);
  const Tensor beta = weights.host_parameter(name + ".bias", shape);
  const Tensor mean = weights.host_statistic(name + ".running_mean", shape);
  const Tensor variance = weights.host_statistic(name + ".running_var", shape);
  if (!weights.loads()) return;
  for (int64_t n = 0; n < channels; ++n) {
    scale.push_back(gamma.data<float>()[n] /
                    std::sqrt(static_cast<double>(variance.data<float>()[n]) + kEps));
    offset.push_back(beta.data<float>()[n] - mean.data<float>()[n] * scale.back());
  }
}

BranchSum::BranchSum(WeightBuilder& weights, Shape shape)
    : builder_(weights), shape_(std::move(shape)) {
  if (!weights.loads()) return;
  weight_.assign(static_cast<size_t>(element_count(shape_)), 0.0);
  bias_.assign(static_cast<size_t>(shape_[0]), 0.0);
}

void BranchSum::add_convolution(const std::string& name) {
  const Tensor weight = builder_.host_parameter(name + ".weight", shape_);
  const Tensor bias = builder_.host_parameter(name + ".bias", {shape_[0]});
  for (size_t i = 0; i < weight_.size(); ++i) weight_[i] += weight.data<float>()[i];
  for (size_t n = 0; n < bias_.size(); ++n) bias_[n] += bias.data<float>()[n];
}

void BranchSum::add_normalized(const std::string& name, int64_t kernel) {
  const Tensor weight =
      builder_.host_parameter(name + ".conv.weight", {shape_[0], shape_[1], kernel, kernel});
  const LinearNorm norm(builder_, name + ".bn", shape_[0]);
  if (!builder_.loads()) return;
  const int64_t side = shape_[2], border = (side - kernel) / 2;
  const float* from = weight.data<float>();
  for (int64_t i = 0; i < weight.count(); ++i) {
    const int64_t window = i / (kernel * kernel);  // output and input channel
    const int64_t row = i / kernel % kernel + border, column = i % kernel + border;
    weight_[static_cast<size_t>((window * side + row) * side + column)] +=
        from[i] * norm.scale[static_cast<size_t>(window / shape_[1])];
  }
  for (size_t n = 0; n < bias_.size(); ++n) bias_[n] += norm.offset[n];
}

void BranchSum::add_normalized_input(const std::string& name) {
  const LinearNorm norm(builder_, name, shape_[0]);
  const int64_t side = shape_[2];
  for (size_t n = 0; n < bias_.size(); ++n) {
    const auto window = static_cast<int64_t>(n) * shape_[1] + static_cast<int64_t>(n) % shape_[1];
    weight_[static_cast<size_t>((window * side + side / 2) * side + side / 2)] += norm.scale[n];
    bias_[n] += norm.offset[n];
  }
}

void BranchSum::add_input() {
  const int64_t side = shape_[2];
  for (size_t n = 0; n < bias_.size(); ++n) {
    const auto window = static_cast<int64_t>(n) * shape_[1] + static_cast<int64_t>(n) % shape_[1];
    weight_[static_cast<size_t>((window * side + side / 2) * side + side / 2)] += 1;
  }
}

void BranchSum::subtract(const BranchSum& other) {
  for (size_t i = 0; i < weight_.size(); ++i) weight_[i] -= other.weight_[i];
  for (size_t n = 0; n < bias_.size(); ++n) bias_[n] -= other.bias_[n];
}

void BranchSum::scale(const std::string& name) {
  const Tensor gamma = builder_.host_parameter(name, {shape_[0], 1, 1});
  for (size_t i = 0; i < weight_.size(); ++i)
    weight_[i] *= gamma.data<float>()[i / static_cast<size_t>(each())];
  for (size_t n = 0; n < bias_.size(); ++n) bias_[n] *= gamma.data<float>()[n];
}

Tensor BranchSum::rounded(const std::vector<double>& values, Shape shape) const {
  Tensor tensor(std::move(shape), DType::f32);
  for (size_t i = 0; i < values.size(); ++i)
    tensor.data<float>()[i] = static_cast<float>(values[i]);
  return tensor;
}

Convolution BranchSum::convolution(const std::string& name, int64_t stride,
                                   int64_t input_channels) const {
  if (!builder_.loads()) return nullptr;
  ConvolutionSpec spec;
  spec.weight = rounded(weight_, shape_);
  spec.bias = rounded(bias_, {shape_[0]});
  spec.stride = stride;
  spec.padding = shape_[2] / 2;
  spec.depthwise = shape_[1] != input_channels;
  if (spec.depthwise) spec.multiplier = shape_[0] / input_channels;
  return builder_.computed_convolution(name, spec);
}

Linear BranchSum::linear(const std::string& name) const {
  if (!builder_.loads()) return nullptr;
  return builder_.computed_linear(name, rounded(weight_, {shape_[0], shape_[1]}),
                                  rounded(bias_, {shape_[0]}));
}

void fold_input_norm(WeightBuilder& weights, const std::string& name, int64_t width,
                     Tensor& weight, Tensor& bias) {
  const LinearNorm norm(weights, name, width);
  if (!weights.loads()) return;
  const int64_t rows = weight.dim(0);
  Tensor folded(weight.shape(), DType::f32);
  bias = Tensor({rows}, DType::f32);
  for (int64_t n = 0; n < rows; ++n) {
    double offset = 0;
    for (int64_t k = 0; k < width; ++k) {
      const double factor = weight.data<float>()[n * width + k];
      folded.data<float>()[n * width + k] =
          static_cast<float>(factor * norm.scale[static_cast<size_t>(k)]);
      offset += factor * norm.offset[static_cast<size_t>(k)];
    }
    bias.data<float>()[n] = static_cast<float>(offset);
  }
  weight = folded;
}

}  // namespace sightline
