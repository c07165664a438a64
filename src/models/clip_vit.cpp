#include "models/clip_vit.h"

#include <utility>

namespace sightline {

ClipImageTower::ClipImageTower(WeightBuilder& weights, const ClipConfig& config)
    : patch_size_(config.patch_size) {
  const int64_t width = config.vision.width, side = config.patch_size;
  const std::string name = "vision_model.";
  class_token_ = weights.parameter(name + "embeddings.class_embedding", {width});
  patch_ = weights.flattened_linear(name + "embeddings.patch_embedding", {width, 3, side, side});
  positions_ = weights.parameter(name + "embeddings.position_embedding.weight",
                                 {config.patch_tokens() + 1, width});
  // "pre_layrnorm" is how the published files spell it.
  pre_norm_ = LayerNorm(weights, name + "pre_layrnorm", width, config.vision.eps);
  blocks_ = std::make_unique<Transformer>(weights, name + "encoder.layers", config.vision);
  post_norm_ = LayerNorm(weights, name + "post_layernorm", width, config.vision.eps);
  projection_ =
      weights.linear("visual_projection", config.embedding_dim, width, false, LayerPrecision::high);
}

Tensor ClipImageTower::consume(Ops& ops, Tensor pixels) const {
  // x = self.conv1(x); x = torch.cat([self.class_embedding …, x], dim=1) +
  // self.positional_embedding
  Tensor x = ops.patch_embed(std::move(pixels), patch_, patch_size_);
  x = ops.add_class_and_positions(x, class_token_, positions_);
  // x = self.ln_pre(x); x = self.transformer(x)
  x = pre_norm_(ops, x);
  x = blocks_->pooled_first(ops, std::move(x));
  // x = self.ln_post(x[:, 0, :]); x = x @ self.proj
  return ops.linear(post_norm_(ops, x, OutputType::compute), projection_, Activation::none, {});
}

ClipTextTower::ClipTextTower(WeightBuilder& weights, const ClipConfig& config) {
  const int64_t width = config.text.width;
  const std::string name = "text_model.";
  tokens_ =
      weights.parameter(name + "embeddings.token_embedding.weight", {config.vocab_size, width});
  positions_ = weights.parameter(name + "embeddings.position_embedding.weight",
                                 {config.context_length, width});
  blocks_ = std::make_unique<Transformer>(weights, name + "encoder.layers", config.text);
  final_norm_ = LayerNorm(weights, name + "final_layer_norm", width, config.text.eps);
  projection_ =
      weights.linear("text_projection", config.embedding_dim, width, false, LayerPrecision::high);
}

Tensor ClipTextTower::encode(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const {
  // x = self.token_embedding(text) + self.positional_embedding
  Tensor x = ops.embed_tokens(ids, tokens_, positions_, offsets);
  // x = self.transformer(x); x = self.ln_final(x)
  // x = x[torch.arange(x.shape[0]), text.argmax(dim=-1)] @ self.text_projection
  x = blocks_->pooled_last(ops, std::move(x), offsets);
  return ops.linear(final_norm_(ops, x, OutputType::compute), projection_, Activation::none, {});
}

}  // namespace sightline
