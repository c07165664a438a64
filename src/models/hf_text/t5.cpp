#include "models/hf_text/t5.h"

#include <algorithm>

#include "models/hf_text/relative_bias.h"

namespace sightline {

T5Tower::T5Tower(WeightBuilder& weights, const T5Config& config, const std::string& prefix)
    : config_(config) {
  const int64_t width = config.width, inner = config.inner;
  words_ = weights.parameter(prefix + "embed_tokens.weight", {config.vocab_size, width});
  Tensor zeros({config.context_length, width}, DType::f32);
  std::fill_n(zeros.data<float>(), zeros.count(), 0.f);
  no_positions_ = weights.constant(zeros);
  bias_ = relative_bias(weights,
                        prefix + "block.0.layer.0.SelfAttention.relative_attention_bias.weight",
                        config.buckets, config.heads, config.context_length);
  for (int64_t i = 0; i < config.layers; ++i) {
    const std::string block = prefix + "block." + std::to_string(i) + ".layer.";
    const std::string attention = block + "0.SelfAttention", dense = block + "1.DenseReluDense";
    Layer layer;
    layer.norm1 = weights.parameter(block + "0.layer_norm.weight", {width});
    layer.qkv = weights.stacked(attention, "q_k_v", inner, width, false);
    layer.out = weights.linear(attention + ".o", width, inner, false);
    layer.norm2 = weights.parameter(block + "1.layer_norm.weight", {width});
    layer.gate = weights.linear(dense + ".wi_0", config.mlp, width, false);
    layer.up = weights.linear(dense + ".wi_1", config.mlp, width, false);
    layer.down = weights.linear(dense + ".wo", width, config.mlp, false);
    layers_.push_back(std::move(layer));
  }
  norm_ = weights.parameter(prefix + "final_layer_norm.weight", {width});
  pooling_ = make_pooling(config.pooling);
}

Tensor T5Tower::encode(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const {
  // inputs_embeds = self.embed_tokens(input_ids)
  Tensor x = ops.embed_tokens(ids, words_, no_positions_, offsets);
  for (const Layer& layer : layers_) {
    // normed_hidden_states = self.layer_norm(hidden_states)   (MT5LayerSelfAttention)
    Tensor normal = ops.rms_norm(x, layer.norm1, config_.eps, OutputType::compute);
    // attn_weights = matmul(query, key) + position_bias, without a scale
    const Tensor qkv = ops.linear(normal, layer.qkv, Activation::none, {}, OutputType::compute);
    const Tensor mixed = ops.biased_attention(qkv, config_.heads, bias_, 1, offsets);
    // hidden_states = hidden_states + self.o(attn_output)
    x = ops.linear(mixed, layer.out, Activation::none, x);
    // forwarded_states = self.layer_norm(hidden_states)   (MT5LayerFF)
    normal = ops.rms_norm(x, layer.norm2, config_.eps, OutputType::compute);
    // hidden_states = self.act(self.wi_0(hidden_states)) * self.wi_1(hidden_states)
    const Tensor hidden =
        ops.multiply(ops.linear(normal, layer.gate, Activation::gelu_tanh, {}, OutputType::compute),
                     ops.linear(normal, layer.up, Activation::none, {}, OutputType::compute));
    // hidden_states = hidden_states + self.wo(hidden_states)
    x = ops.linear(hidden, layer.down, Activation::none, x);
  }
  // hidden_states = self.final_layer_norm(hidden_states)
  return pooling_->pool(ops, ops.rms_norm(x, norm_, config_.eps), offsets);
}

}  // namespace sightline
