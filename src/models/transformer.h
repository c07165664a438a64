// The pre-norm transformer that both CLIP towers are made of.
// Source: transformers modeling_clip.py, CLIPEncoderLayer; openai/CLIP clip/model.py,
// ResidualAttentionBlock.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "models/clip_config.h"
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
  Tensor operator()(Ops& ops, const Tensor& x, Result result = Result::f32) const {
    return ops.layer_norm(x, gamma, beta, eps, result);
  }
};

class Transformer {
 public:
  // Weights prefix.0 … prefix.(layers-1), named as transformers names them.
  Transformer(WeightBuilder& weights, const std::string& prefix, const TransformerConfig& config);

  // x (B, T, C) -> (B, C): the last layer's output at position[b] of sequence b alone. The other
  // rows of the last layer cannot change it, so their output projection and feed-forward part are
  // not computed.
  Tensor pooled(Ops& ops, Tensor x, bool causal, std::span<const int32_t> position) const;

 private:
  struct Layer {
    LayerNorm norm1, norm2;
    Linear qkv, out, fc1, fc2;
  };

  TransformerConfig config_;
  std::vector<Layer> layers_;
};

}  // namespace sightline
