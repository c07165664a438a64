// Reparameterization: parallel convolutions and batch norms of one input are added up into one
// convolution, in double precision, while a model is read.
// Source: timm models/fastvit.py, MobileOneBlock.reparameterize and the other blocks' methods of
// that name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/weight_builder.h"

namespace sightline {

// A batch norm as a linear function of each channel. Empty where nothing is loaded.
struct LinearNorm {
  std::vector<double> scale, offset;
  // name.weight, .bias, .running_mean, .running_var, each (channels); eps 1e-5.
  LinearNorm(WeightBuilder& weights, const std::string& name, int64_t channels);
};

class BranchSum {
 public:
  // shape (N, K / groups, R, R): of the sum. Each output channel reads the input channels of its
  // group.
  BranchSum(WeightBuilder& weights, Shape shape);

  // name.weight and name.bias, a convolution of the sum's shape.
  void add_convolution(const std::string& name);
  // name.conv.weight (N, K / groups, kernel, kernel), without bias, then the batch norm name.bn.
  // Smaller kernels are centred. Source: timm layers/conv_bn_act.py, ConvNormAct.
  void add_normalized(const std::string& name, int64_t kernel);
  // The batch norm `name` of the input itself.
  void add_normalized_input(const std::string& name);
  void add_input();
  void subtract(const BranchSum& other);
  // Multiplies each output channel by name (N, 1, 1), a layer scale.
  void scale(const std::string& name);

  // The sum as weights of a backend, which `name` identifies to a trainer. linear: of a kernel of
  // one pixel without groups.
  Convolution convolution(const std::string& name, int64_t stride, int64_t input_channels) const;
  Linear linear(const std::string& name) const;

 private:
  int64_t each() const { return shape_[1] * shape_[2] * shape_[3]; }
  Tensor rounded(const std::vector<double>& values, Shape shape) const;

  WeightBuilder& builder_;
  Shape shape_;
  std::vector<double> weight_, bias_;  // empty where nothing is loaded
};

// Folds the batch norm `name` of a linear layer's input into weight (N, K) and bias (N), which was
// undefined. Changes nothing where nothing is loaded.
void fold_input_norm(WeightBuilder& weights, const std::string& name, int64_t width,
                     Tensor& weight, Tensor& bias);

}  // namespace sightline
