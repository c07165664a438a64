#include "models/bert.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/head_hints.h"
#include "models/hf_text/relative_bias.h"
#include "models/hf_text/rotary_positions.h"

namespace sightline {
namespace {

// The first row of a table (R, C), `count` times.
Tensor repeated(const Tensor& table, int64_t count) {
  const int64_t width = table.dim(1);
  Tensor rows({count, width}, DType::f32);
  for (int64_t r = 0; r < count; ++r)
    std::copy_n(table.data<float>(), width, rows.data<float>() + r * width);
  return rows;
}

}  // namespace

BertTower::BertTower(WeightBuilder& weights, const BertConfig& config, int64_t first_position,
                     const std::string& prefix)
    : config_(config) {
  const int64_t width = config.width;
  const std::string name = prefix + "embeddings.";
  words_ = weights.parameter(name + "word_embeddings.weight", {config.vocab_size, width});
  positions_ = make_positions(weights, name, first_position);
  if (config.rotary_base > 0) {
    const RotaryPositions rotary =
        rotary_positions(config.context_length, width / config.heads, config.rotary_base);
    cosines_ = weights.constant(rotary.cosines);
    sines_ = weights.constant(rotary.sines);
  }
  norm_ = LayerNorm(weights, name + "LayerNorm", width, config.eps);
  for (int64_t i = 0; i < config.layers; ++i) {
    const std::string own = prefix + "encoder.layer." + std::to_string(i) + ".";
    Layer layer;
    layer.qkv = weights.stacked(own + "attention.self", "query_key_value", width);
    layer.out = weights.linear(own + "attention.output.dense", width, width);
    layer.norm1 = LayerNorm(weights, own + "attention.output.LayerNorm", width, config.eps);
    layer.fc1 = weights.linear(own + "intermediate.dense", config.mlp, width);
    layer.fc2 = weights.linear(own + "output.dense", width, config.mlp);
    layer.norm2 = LayerNorm(weights, own + "output.LayerNorm", width, config.eps);
    layers_.push_back(std::move(layer));
  }
  if (config.relative_buckets > 0) {
    bias_ = relative_bias(weights, prefix + "encoder.relative_attention_bias.weight",
                          config.relative_buckets, config.heads, config.context_length);
  }
  pooling_ = make_pooling(config.pooling);
}

Tensor BertTower::make_positions(WeightBuilder& weights, const std::string& name,
                                 int64_t first_position) const {
  const Shape positions = {config_.context_length, config_.width};
  const std::string table = name + "position_embeddings.weight",
                    types = name + "token_type_embeddings.weight";
  const Shape type_shape = {config_.type_vocab_size, config_.width};
  if (config_.rotary_base > 0) {
    const Tensor row = weights.host_parameter(types, type_shape);
    if (!weights.loads()) return {};
    return weights.computed_parameter(types, repeated(row, config_.context_length));
  }
  if (config_.type_vocab_size == 0) return weights.parameter(table, positions);
  return weights.table_plus_row(table, positions, types, type_shape, first_position);
}

Tensor BertTower::attend(Ops& ops, Tensor qkv, SequenceOffsets offsets) const {
  if (config_.rotary_base > 0) {
    // q = apply_rotary_emb(q, cos, sin, interleaved=False), and k
    qkv = ops.rotate(std::move(qkv), config_.heads, cosines_, sines_, RotaryPairs::halves, offsets);
  }
  if (config_.relative_buckets == 0) return ops.attention(qkv, config_.heads, false, offsets);
  // attention_scores = matmul(q, k) / sqrt(attention_head_size) + position_bias
  const auto head = static_cast<float>(config_.width / config_.heads);
  return ops.biased_attention(qkv, config_.heads, bias_, 1 / std::sqrt(head), offsets);
}

Tensor BertTower::hidden_states(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const {
  // embeddings = inputs_embeds + token_type_embeddings + position_embeddings
  // embeddings = self.LayerNorm(embeddings)
  Tensor x = norm_(ops, ops.embed_tokens(ids, words_, positions_, offsets));
  for (const Layer& layer : layers_) {
    // BertSelfAttention
    Tensor qkv = ops.linear(x, layer.qkv, Activation::none, {}, OutputType::compute);
    const Tensor mixed = attend(ops, std::move(qkv), offsets);
    // hidden_states = self.LayerNorm(self.dense(hidden_states) + input_tensor)   (BertSelfOutput)
    x = layer.norm1(ops, ops.linear(mixed, layer.out, Activation::none, x));
    // hidden_states = self.intermediate_act_fn(self.dense(hidden_states))
    const Tensor hidden = ops.linear(x, layer.fc1, config_.activation, {}, OutputType::compute);
    // hidden_states = self.LayerNorm(self.dense(hidden_states) + input_tensor)   (BertOutput)
    x = layer.norm2(ops, ops.linear(hidden, layer.fc2, Activation::none, x));
  }
  return x;
}

Tensor BertTower::encode(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const {
  // (last_hidden_state * mask).sum(1) / mask.sum(1)
  return pooling_->pool(ops, hidden_states(ops, ids, offsets), offsets);
}

LoadedModel load_bert(const ModelSource& source, Ops& ops, const ModelOptions& options) {
  BertConfig config = source.config_as<BertConfig>();
  if (source.head && source.head->pooling) config.pooling = *source.head->pooling;
  WeightBuilder weights(*source.parameters, options.load_text_tower ? &ops : nullptr);
  auto text = std::make_unique<BertTower>(weights, config);
  source.parameters->finish();

  LoadedModel model;
  if (options.load_text_tower) model.text = std::move(text);
  model.vocab_size = config.vocab_size;
  model.info.family = source.family;
  model.info.has_image = false;
  model.info.embedding_dim = config.width;
  model.info.parameters = weights.parameter_count();
  model.info.context_length = static_cast<int>(config.context_length);
  model.info.activation = activation_name(config.activation);
  add_head_warning("text", {config.width, config.layers, config.mlp, config.heads},
                   source.path.string(), model.info.warnings);
  return model;
}

namespace {

std::any parse(const std::string& json, const std::string& name) {
  return parse_bert_config(json, name);
}

}  // namespace

ModelFamily bert_family() {
  return {"bert", load_bert, {{"\"bert\"", parse, bert_parameters, false, true}}};
}

}  // namespace sightline
