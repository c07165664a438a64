#include "models/open_clip/class_token_text.h"

#include <sightline/error.h>

#include <numeric>
#include <utility>

namespace sightline {
namespace {

// Row r of (R, 3, C) is rows 3r, 3r + 1, 3r + 2 of (3R, C): query, key, value.
Tensor queries(Ops& ops, const Tensor& qkv, int64_t width) {
  const int64_t rows = qkv.dim(0);
  std::vector<int32_t> taken;
  for (int64_t r = 0; r < rows; ++r) taken.push_back(static_cast<int32_t>(3 * r));
  return ops.gather_rows(qkv.reshape({3 * rows, width}), taken);
}

Tensor keys_and_values(Ops& ops, const Tensor& qkv, int64_t width) {
  const int64_t rows = qkv.dim(0);
  std::vector<int32_t> taken;
  for (int64_t r = 0; r < rows; ++r) {
    taken.push_back(static_cast<int32_t>(3 * r + 1));
    taken.push_back(static_cast<int32_t>(3 * r + 2));
  }
  const Tensor halves = ops.gather_rows(qkv.reshape({3 * rows, width}), taken);
  // Backends may keep their own shape of a reshaped tensor; gather_rows returns the new one.
  std::vector<int32_t> all(static_cast<size_t>(rows));
  std::iota(all.begin(), all.end(), 0);
  return ops.gather_rows(halves.reshape({rows, 2 * width}), all);
}

}  // namespace

ClassTokenText::ClassTokenText(WeightBuilder& weights, const TextTransformerConfig& config)
    : config_(config) {
  if (!config.pad_id) throw Error(ErrorCode::internal, "a class token after texts needs a pad id");
  const TransformerConfig& tower = config.transformer;
  const int64_t width = tower.width;
  const std::string name = "text_model.";
  tokens_ = weights.table_with_row(name + "embeddings.token_embedding.weight",
                                   {config.vocab_size, width}, name + "embeddings.class_embedding");
  positions_ = weights.parameter(name + "embeddings.position_embedding.weight",
                                 {config.context_length + 1, width});
  for (int64_t i = 0; i < tower.layers; ++i) {
    const std::string at = name + "encoder.layers." + std::to_string(i);
    Layer layer;
    layer.norm1 = LayerNorm(weights, at + ".layer_norm1", width, tower.eps);
    layer.qkv = weights.stacked(at + ".self_attn", "qkv_proj", width);
    layer.out = branch_output(weights, at, ".self_attn.out_proj", 1, width, tower);
    layer.norm2 = LayerNorm(weights, at + ".layer_norm2", width, tower.eps);
    layer.fc1 = weights.linear(at + ".mlp.fc1", tower.mlp, width);
    layer.fc2 = branch_output(weights, at, ".mlp.fc2", 2, tower.mlp, tower);
    layers_.push_back(std::move(layer));
  }
  norm_ = LayerNorm(weights, name + "final_layer_norm", width, tower.eps);
  if (config.embedding_dim > 0) {
    projection_ = weights.linear(config.projection, config.embedding_dim, width,
                                 config.projection_bias, LayerPrecision::high);
  }
}

ClassTokenText::Sequences ClassTokenText::sequences(const std::vector<int32_t>& ids,
                                                    SequenceOffsets offsets) const {
  const int64_t length = config_.context_length;
  const int32_t pad = *config_.pad_id;
  Sequences s;
  s.all.push_back(0);
  s.offsets.push_back(0);
  for (size_t b = 0; b + 1 < offsets.size(); ++b) {
    const int64_t own = offsets[b + 1] - offsets[b];
    if (own > length) {
      throw Error(ErrorCode::invalid_argument, "a text has ", own, " ids, expected at most ",
                  length);
    }
    const int32_t first = s.all.back();
    for (int64_t t = 0; t < length; ++t)
      s.ids.push_back(t < own ? ids[static_cast<size_t>(offsets[b] + t)] : config_.fill_id);
    s.ids.push_back(static_cast<int32_t>(config_.vocab_size));
    // valid = text != self.pad_id; valid = torch.cat([cls_valid, valid], 1)
    for (int64_t t = 0; t <= length; ++t) {
      if (t == 0 || s.ids[static_cast<size_t>(first + t - 1)] != pad)
        s.seen.push_back(first + static_cast<int32_t>(t));
    }
    s.classes.push_back(first + static_cast<int32_t>(length));
    s.all.push_back(static_cast<int32_t>(s.ids.size()));
    s.offsets.push_back(static_cast<int32_t>(s.seen.size()));
  }
  return s;
}

// x = x + self.out_proj(mixed); x = x + self.mlp(self.ln_2(x))
Tensor ClassTokenText::finish_layer(Ops& ops, const Layer& layer, const Tensor& mixed,
                                    const Tensor& x) const {
  const Tensor y = ops.linear(mixed, layer.out, Activation::none, x);
  const Tensor hidden = ops.linear(layer.norm2(ops, y, OutputType::compute), layer.fc1,
                                   config_.transformer.activation, {}, OutputType::compute);
  return ops.linear(hidden, layer.fc2, Activation::none, y);
}

void ClassTokenText::run_layer(Ops& ops, const Layer& layer, SequenceOffsets offsets, bool last,
                               Tensor& x, Tensor& classes) const {
  const TransformerConfig& tower = config_.transformer;
  const auto project = [&](const Tensor& rows) {
    return ops.linear(layer.norm1(ops, rows, OutputType::compute), layer.qkv, Activation::none, {},
                      OutputType::compute);
  };
  const Tensor qkv = project(x);
  const Tensor query = queries(ops, project(classes), tower.width);
  const Tensor mixed = ops.single_query_attention(query, keys_and_values(ops, qkv, tower.width),
                                                  tower.heads, offsets);
  classes = finish_layer(ops, layer, mixed, classes);
  if (!last) x = finish_layer(ops, layer, ops.attention(qkv, tower.heads, true, offsets), x);
}

Tensor ClassTokenText::encode(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const {
  const Sequences s = sequences(host_ids(ops, ids), offsets);
  // x = torch.cat([x, _expand_token(self.cls_emb, x.size(0))], 1) + self.positional_embedding
  const Tensor host =
      Tensor::borrow({static_cast<int64_t>(s.ids.size())}, DType::i32, s.ids.data());
  const Tensor embedded = ops.embed_tokens(ops.from_host(host), tokens_, positions_, s.all);
  Tensor x = ops.gather_rows(embedded, s.seen);
  Tensor classes = ops.gather_rows(embedded, s.classes);
  for (size_t i = 0; i < layers_.size(); ++i)
    run_layer(ops, layers_[i], s.offsets, i + 1 == layers_.size(), x, classes);
  // pooled = self.ln_final(x[:, -1]) @ self.text_projection
  if (projection_ == nullptr) return norm_(ops, classes);
  return ops.linear(norm_(ops, classes, OutputType::compute), projection_, Activation::none, {});
}

}  // namespace sightline
