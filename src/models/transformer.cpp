#include "models/transformer.h"

#include <sightline/error.h>

#include <utility>

namespace sightline {

Linear branch_output(WeightBuilder& weights, const std::string& layer, const std::string& name,
                     int part, int64_t in, const TransformerConfig& config) {
  if (!config.layer_scale) return weights.linear(layer + name, config.width, in);
  const std::string scale = layer + ".layer_scale" + std::to_string(part);
  return weights.scaled_linear(layer + name, scale, config.width, in);
}

Transformer::Transformer(WeightBuilder& weights, const TransformerNames& names,
                         const TransformerConfig& config)
    : config_(config) {
  if (config.causal && config.pooling == PoolingKind::first)
    throw Error(ErrorCode::internal, "a causal transformer cannot pool the first position");
  const int64_t width = config.width;
  for (int64_t i = 0; i < config.layers; ++i) {
    const std::string name = names.layers + "." + std::to_string(i);
    Layer layer;
    layer.norm1 = LayerNorm(weights, name + ".layer_norm1", width, config.eps);
    if (i + 1 == config.layers && selects_one_row(config.pooling)) {
      layer.query = weights.linear(name + ".self_attn.q_proj", width, width, config.qkv_bias);
      layer.key_value =
          weights.stacked(name + ".self_attn", "kv_proj", width, width, config.qkv_bias);
    } else {
      layer.qkv = weights.stacked(name + ".self_attn", "qkv_proj", width, width, config.qkv_bias);
    }
    layer.out = branch_output(weights, name, ".self_attn.out_proj", 1, width, config);
    layer.norm2 = LayerNorm(weights, name + ".layer_norm2", width, config.eps);
    layer.fc1 = weights.linear(name + ".mlp.fc1", config.mlp, width);
    layer.fc2 = branch_output(weights, name, ".mlp.fc2", 2, config.mlp, config);
    layers_.push_back(std::move(layer));
  }
  const bool pooler = config.pooling == PoolingKind::pooler;
  norm_ = LayerNorm(weights, names.norm, pooler ? config.pooled_width : width, config.eps);
  pooling_ = make_pooling(config, weights, names.head);
}

// x = x + self.mlp(self.ln_2(x))
Tensor Transformer::feed_forward(Ops& ops, const Tensor& x, const Layer& layer) const {
  const Tensor hidden = ops.linear(layer.norm2(ops, x, OutputType::compute), layer.fc1,
                                   config_.activation, {}, OutputType::compute);
  return ops.linear(hidden, layer.fc2, Activation::none, x);
}

Tensor Transformer::run_layer(Ops& ops, Tensor x, const Layer& layer,
                              SequenceOffsets offsets) const {
  // x = x + self.attention(self.ln_1(x))
  Tensor qkv = ops.linear(layer.norm1(ops, x, OutputType::compute), layer.qkv, Activation::none, {},
                          OutputType::compute);
  Tensor mixed = ops.attention(qkv, config_.heads, config_.causal, offsets);
  qkv = Tensor();  // the hidden layer reuses its memory
  x = ops.linear(mixed, layer.out, Activation::none, x);
  mixed = Tensor();
  return feed_forward(ops, x, layer);
}

Tensor Transformer::run_layer_at(Ops& ops, const Tensor& x, const Layer& layer,
                                 std::span<const int32_t> rows, SequenceOffsets offsets) const {
  const Tensor normal = layer.norm1(ops, x, OutputType::compute);
  const Tensor key_value =
      ops.linear(normal, layer.key_value, Activation::none, {}, OutputType::compute);
  const Tensor query = ops.linear(ops.gather_rows(normal, rows), layer.query, Activation::none, {},
                                  OutputType::compute);
  const Tensor mixed = ops.single_query_attention(query, key_value, config_.heads, offsets);
  return feed_forward(ops, ops.linear(mixed, layer.out, Activation::none, ops.gather_rows(x, rows)),
                      layer);
}

Tensor Transformer::run_inner_layers(Ops& ops, Tensor x, SequenceOffsets offsets) const {
  if (!ops.recomputes_layers()) {
    for (size_t i = 0; i + 1 < layers_.size(); ++i)
      x = run_layer(ops, std::move(x), layers_[i], offsets);
    return x;
  }
  // The offsets are needed after this call has returned.
  const std::vector<int32_t> kept(offsets.begin(), offsets.end());
  for (size_t i = 0; i + 1 < layers_.size(); ++i) {
    x = ops.recomputed(x, [this, &ops, i, kept](const Tensor& input) {
      return run_layer(ops, input, layers_[i], kept);
    });
  }
  return x;
}

Tensor Transformer::encode(Ops& ops, Tensor x, SequenceOffsets offsets, OutputType output,
                           std::vector<int32_t> rows) const {
  x = run_inner_layers(ops, std::move(x), offsets);
  if (rows.empty()) rows = pooling_->selected_rows(x, offsets);
  if (!rows.empty()) return norm_(ops, run_layer_at(ops, x, layers_.back(), rows, offsets), output);
  x = run_layer(ops, std::move(x), layers_.back(), offsets);
  if (config_.norm_after_pooling) return norm_(ops, pooling_->pool(ops, x, offsets), output);
  return pooling_->pool(ops, norm_(ops, x), offsets);
}

}  // namespace sightline
