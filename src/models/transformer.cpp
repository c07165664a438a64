#include "models/transformer.h"

#include <utility>

namespace sightline {

Transformer::Transformer(WeightBuilder& weights, const std::string& prefix,
                         const TransformerConfig& config)
    : config_(config) {
  const int64_t width = config.width;
  for (int64_t i = 0; i < config.layers; ++i) {
    const std::string name = prefix + "." + std::to_string(i);
    Layer layer;
    layer.norm1 = LayerNorm(weights, name + ".layer_norm1", width, config.eps);
    if (i + 1 < config.layers) {
      layer.qkv = weights.fused_qkv(name + ".self_attn", width);
    } else {
      layer.query = weights.linear(name + ".self_attn.q_proj", width, width);
      layer.key_value = weights.stacked(name + ".self_attn", "kv_proj", width);
    }
    layer.out = weights.linear(name + ".self_attn.out_proj", width, width);
    layer.norm2 = LayerNorm(weights, name + ".layer_norm2", width, config.eps);
    layer.fc1 = weights.linear(name + ".mlp.fc1", config.mlp, width);
    layer.fc2 = weights.linear(name + ".mlp.fc2", width, config.mlp);
    layers_.push_back(std::move(layer));
  }
}

// x = x + self.mlp(self.ln_2(x))
Tensor Transformer::feed_forward(Ops& ops, const Tensor& x, const Layer& layer) const {
  const Tensor hidden = ops.linear(layer.norm2(ops, x, OutputType::compute), layer.fc1,
                                   config_.activation, {}, OutputType::compute);
  return ops.linear(hidden, layer.fc2, Activation::none, x);
}

Tensor Transformer::all_but_last(Ops& ops, Tensor x, bool causal, SequenceOffsets offsets) const {
  for (size_t i = 0; i + 1 < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    // x = x + self.attention(self.ln_1(x))
    Tensor qkv = ops.linear(layer.norm1(ops, x, OutputType::compute), layer.qkv, Activation::none,
                            {}, OutputType::compute);
    Tensor mixed = ops.attention(qkv, config_.heads, causal, offsets);
    qkv = Tensor();  // its memory is the hidden layer's next
    x = ops.linear(mixed, layer.out, Activation::none, x);
    mixed = Tensor();
    x = feed_forward(ops, x, layer);
  }
  return x;
}

Tensor Transformer::last_layer(Ops& ops, const Tensor& x, std::span<const int32_t> rows,
                               SequenceOffsets offsets) const {
  const Layer& layer = layers_.back();
  const Tensor normal = layer.norm1(ops, x, OutputType::compute);
  const Tensor key_value =
      ops.linear(normal, layer.key_value, Activation::none, {}, OutputType::compute);
  const Tensor query = ops.linear(ops.gather_rows(normal, rows), layer.query, Activation::none, {},
                                  OutputType::compute);
  const Tensor mixed = ops.single_query_attention(query, key_value, config_.heads, offsets);
  return feed_forward(ops, ops.linear(mixed, layer.out, Activation::none, ops.gather_rows(x, rows)),
                      layer);
}

Tensor Transformer::pooled_first(Ops& ops, Tensor x) const {
  std::vector<int32_t> rows;
  for (int64_t b = 0; b < x.dim(0); ++b) rows.push_back(static_cast<int32_t>(b * x.dim(1)));
  return last_layer(ops, all_but_last(ops, std::move(x), false, {}), rows, {});
}

Tensor Transformer::pooled_last(Ops& ops, Tensor x, SequenceOffsets offsets) const {
  std::vector<int32_t> rows;
  for (size_t b = 1; b < offsets.size(); ++b) rows.push_back(offsets[b] - 1);
  return last_layer(ops, all_but_last(ops, std::move(x), true, offsets), rows, offsets);
}

}  // namespace sightline
