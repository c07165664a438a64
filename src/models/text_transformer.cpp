#include "models/text_transformer.h"

#include <utility>

namespace sightline {

TextTransformer::TextTransformer(WeightBuilder& weights, const TextTransformerConfig& config) {
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

Tensor TextTransformer::encode(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const {
  // x = self.token_embedding(text) + self.positional_embedding
  Tensor x = ops.embed_tokens(ids, tokens_, positions_, offsets);
  // x = self.transformer(x); x = self.ln_final(x)
  // x = x[torch.arange(x.shape[0]), text.argmax(dim=-1)] @ self.text_projection
  if (projection_ == nullptr)
    return transformer_->encode(ops, std::move(x), offsets, OutputType::f32);
  x = transformer_->encode(ops, std::move(x), offsets, OutputType::compute);
  return ops.linear(x, projection_, Activation::none, {});
}

}  // namespace sightline
