// A layer norm with its parameters, NAME.weight and NAME.bias.
#pragma once

#include <string>

#include "models/weight_builder.h"

namespace sightline {

struct LayerNorm {
  Tensor gamma, beta;
  float eps = 1e-5f;

  LayerNorm() = default;
  LayerNorm(WeightBuilder& weights, const std::string& name, int64_t width, float epsilon)
      : gamma(weights.parameter(name + ".weight", {width})),
        beta(weights.parameter(name + ".bias", {width})),
        eps(epsilon) {}
  Tensor operator()(Ops& ops, const Tensor& x, OutputType output = OutputType::f32) const {
    return ops.layer_norm(x, gamma, beta, eps, output);
  }
};

}  // namespace sightline
