#include "models/text_transformer.h"

#include <algorithm>
#include <utility>

namespace sightline {
namespace {

struct CutTexts {
  std::vector<int32_t> ids, offsets;
};

// The texts up to the row of each that is pooled. What follows it has no influence in a causal
// transformer, where a row sees those before it.
CutTexts cut_after(const std::vector<int32_t>& ids, SequenceOffsets offsets,
                   const std::vector<int32_t>& rows) {
  CutTexts cut;
  cut.offsets.push_back(0);
  for (size_t b = 0; b < rows.size(); ++b) {
    cut.ids.insert(cut.ids.end(), ids.begin() + offsets[b], ids.begin() + rows[b] + 1);
    cut.offsets.push_back(static_cast<int32_t>(cut.ids.size()));
  }
  return cut;
}

}  // namespace

std::vector<int32_t> host_ids(Ops& ops, const Tensor& ids) {
  const Tensor host = ops.to_host(ids);
  std::vector<int32_t> values(static_cast<size_t>(host.count()));
  if (host.dtype() == DType::i32) {
    std::copy_n(host.data<int32_t>(), values.size(), values.begin());
  } else {
    // Ids are below 2^24, so that f32 has them exactly.
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<int32_t>(host.data<float>()[i]);
  }
  return values;
}

TextTransformer::TextTransformer(WeightBuilder& weights, const TextTransformerConfig& config)
    : causal_(config.transformer.causal), end_token_(config.end_token), end_id_(config.end_id) {
  const TransformerConfig& transformer = config.transformer;
  const int64_t width = transformer.width;
  const std::string name = "text_model.";
  if (config.pad_id) padding_ = {config.context_length, *config.pad_id};
  tokens_ =
      weights.parameter(name + "embeddings.token_embedding.weight", {config.vocab_size, width});
  positions_ = weights.parameter(name + "embeddings.position_embedding.weight",
                                 {config.context_length, width});
  transformer_.emplace(
      weights,
      TransformerNames{name + "encoder.layers", name + "final_layer_norm", name + "pooling"},
      transformer);
  if (config.embedding_dim > 0) {
    projection_ = weights.linear(config.projection, config.embedding_dim, width,
                                 config.projection_bias, LayerPrecision::high);
  }
}

std::vector<int32_t> TextTransformer::end_rows(const std::vector<int32_t>& ids,
                                               SequenceOffsets offsets) const {
  std::vector<int32_t> rows;
  for (size_t b = 0; b + 1 < offsets.size(); ++b) {
    const auto begin = ids.begin() + offsets[b], end = ids.begin() + offsets[b + 1];
    auto found = end_token_ == EndToken::largest ? std::max_element(begin, end)
                                                 : std::find(begin, end, end_id_);
    if (found == end) found = begin;
    rows.push_back(static_cast<int32_t>(found - ids.begin()));
  }
  return rows;
}

Tensor TextTransformer::encode(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const {
  if (end_token_ == EndToken::last) return encode_rows(ops, ids, offsets, {});
  const std::vector<int32_t> all = host_ids(ops, ids);
  std::vector<int32_t> rows = end_rows(all, offsets);
  if (!causal_) return encode_rows(ops, ids, offsets, std::move(rows));
  const CutTexts cut = cut_after(all, offsets, rows);
  const Tensor host =
      Tensor::borrow({static_cast<int64_t>(cut.ids.size())}, DType::i32, cut.ids.data());
  return encode_rows(ops, ops.from_host(host), cut.offsets, {});  // pools the last row
}

Tensor TextTransformer::encode_rows(Ops& ops, const Tensor& ids, SequenceOffsets offsets,
                                    std::vector<int32_t> rows) const {
  // x = self.token_embedding(text) + self.positional_embedding
  Tensor x = ops.embed_tokens(ids, tokens_, positions_, offsets);
  // x = self.transformer(x); x = self.ln_final(x)
  // x = x[torch.arange(x.shape[0]), text.argmax(dim=-1)] @ self.text_projection
  if (projection_ == nullptr)
    return transformer_->encode(ops, std::move(x), offsets, OutputType::f32, std::move(rows));
  x = transformer_->encode(ops, std::move(x), offsets, OutputType::compute, std::move(rows));
  return ops.linear(x, projection_, Activation::none, {});
}

}  // namespace sightline
