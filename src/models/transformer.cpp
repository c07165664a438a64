#include "models/transformer.h"

namespace sightline {

Transformer::Transformer(WeightBuilder& weights, const std::string& prefix, const TransformerConfig& config)
    : config_(config) {
  const int64_t width = config.width;
  for (int64_t i = 0; i < config.layers; ++i) {
    const std::string name = prefix + "." + std::to_string(i);
    Layer layer;
    layer.norm1 = LayerNorm(weights, name + ".layer_norm1", width, config.eps);
    layer.qkv = weights.fused_qkv(name + ".self_attn", width);
    layer.out = weights.linear(name + ".self_attn.out_proj", width, width);
    layer.norm2 = LayerNorm(weights, name + ".layer_norm2", width, config.eps);
    layer.fc1 = weights.linear(name + ".mlp.fc1", config.mlp, width);
    layer.fc2 = weights.linear(name + ".mlp.fc2", width, config.mlp);
    layers_.push_back(std::move(layer));
  }
}

Tensor Transformer::pooled(Ops& ops, Tensor x, bool causal, std::span<const int32_t> position) const {
  for (size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    // x = x + self.attention(self.ln_1(x))
    const Tensor qkv = ops.linear(layer.norm1(ops, x, Result::operand), layer.qkv, Activation::none, {}, Result::operand);
    Tensor mixed = ops.attention(qkv, config_.heads, causal);
    if (i + 1 == layers_.size()) {
      mixed = ops.select_positions(mixed, position);
      x = ops.select_positions(x, position);
    }
    x = ops.linear(mixed, layer.out, Activation::none, x);
    // x = x + self.mlp(self.ln_2(x))
    const Tensor hidden = ops.linear(layer.norm2(ops, x, Result::operand), layer.fc1, config_.activation, {}, Result::operand);
    x = ops.linear(hidden, layer.fc2, Activation::none, x);
  }
  return x;
}

}  // namespace sightline
