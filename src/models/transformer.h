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
  Tensor operator()(Ops& ops, const Tensor& x, OutputType output = OutputType::f32) const {
    return ops.layer_norm(x, gamma, beta, eps, output);
  }
};

class Transformer {
 public:
  // Weights prefix.0 … prefix.(layers-1), named as transformers names them.
  Transformer(WeightBuilder& weights, const std::string& prefix, const TransformerConfig& config);

  // The last layer's output at one row of each sequence: the first of (B, T, C) -> (B, C).
  // Both let x go once the first layer has read it, so that its memory is used again.
  Tensor pooled_first(Ops& ops, Tensor x) const;
  // The last of (R, C), each position seeing those before it -> (B, C).
  Tensor pooled_last(Ops& ops, Tensor x, SequenceOffsets offsets) const;

 private:
  struct Layer {
    LayerNorm norm1, norm2;
    Linear qkv;               // all layers but the last
    Linear query, key_value;  // the last: the query of one row alone matters
    Linear out, fc1, fc2;
  };

  Tensor all_but_last(Ops& ops, Tensor x, bool causal, SequenceOffsets offsets) const;
  // `rows`: of x, one for each sequence, which sees the whole of it.
  Tensor last_layer(Ops& ops, const Tensor& x, std::span<const int32_t> rows,
                    SequenceOffsets offsets) const;
  Tensor feed_forward(Ops& ops, const Tensor& x, const Layer& layer) const;

  TransformerConfig config_;
  std::vector<Layer> layers_;
};

}  // namespace sightline
