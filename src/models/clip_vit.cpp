#include "models/clip_vit.h"

#include <sightline/error.h>

#include <cmath>
#include <vector>

namespace sightline {

ClipImageTower::ClipImageTower(WeightBuilder& weights, const ClipConfig& config)
    : patch_size_(config.patch_size) {
  const int64_t width = config.vision.width, side = config.patch_size;
  const std::string name = "vision_model.";
  class_token_ = weights.parameter(name + "embeddings.class_embedding", {width});
  patch_ = weights.flattened_linear(name + "embeddings.patch_embedding", {width, 3, side, side});
  positions_ = weights.parameter(name + "embeddings.position_embedding.weight", {config.patch_tokens() + 1, width});
  // "pre_layrnorm" is how the published files spell it.
  pre_norm_ = LayerNorm(weights, name + "pre_layrnorm", width, config.vision.eps);
  blocks_ = std::make_unique<Transformer>(weights, name + "encoder.layers", config.vision);
  post_norm_ = LayerNorm(weights, name + "post_layernorm", width, config.vision.eps);
  projection_ = weights.linear("visual_projection", config.embedding_dim, width, false);
}

Tensor ClipImageTower::encode(Ops& ops, const Tensor& pixels) const {
  // x = self.conv1(x); x = torch.cat([self.class_embedding …, x], dim=1) + self.positional_embedding
  Tensor x = ops.patch_embed(pixels, patch_, patch_size_);
  x = ops.add_class_and_positions(x, class_token_, positions_);
  // x = self.ln_pre(x); x = self.transformer(x)
  x = pre_norm_(ops, x);
  const std::vector<int32_t> first(static_cast<size_t>(pixels.dim(0)), 0);
  x = blocks_->pooled(ops, x, false, first);
  // x = self.ln_post(x[:, 0, :]); x = x @ self.proj
  return ops.linear(post_norm_(ops, x), projection_, Activation::none, {});
}

ClipTextTower::ClipTextTower(WeightBuilder& weights, const ClipConfig& config) {
  const int64_t width = config.text.width;
  const std::string name = "text_model.";
  tokens_ = weights.parameter(name + "embeddings.token_embedding.weight", {config.vocab_size, width});
  positions_ = weights.parameter(name + "embeddings.position_embedding.weight", {config.context_length, width});
  blocks_ = std::make_unique<Transformer>(weights, name + "encoder.layers", config.text);
  final_norm_ = LayerNorm(weights, name + "final_layer_norm", width, config.text.eps);
  projection_ = weights.linear("text_projection", config.embedding_dim, width, false);
}

Tensor ClipTextTower::encode(Ops& ops, const Tensor& ids, std::span<const int32_t> end) const {
  // x = self.token_embedding(text) + self.positional_embedding
  Tensor x = ops.embed_tokens(ids, tokens_, positions_);
  // x = self.transformer(x); x = self.ln_final(x)
  // x = x[torch.arange(x.shape[0]), text.argmax(dim=-1)] @ self.text_projection
  x = blocks_->pooled(ops, x, true, end);
  return ops.linear(final_norm_(ops, x), projection_, Activation::none, {});
}

namespace {

LoadedModel load(const ModelSource& source, Ops& ops, const ModelOptions& options) {
  const auto& config = source.config_as<ClipConfig>();
  ParameterSource& parameters = *source.parameters;
  WeightBuilder image_weights(parameters, options.load_image_tower ? &ops : nullptr);
  WeightBuilder text_weights(parameters, options.load_text_tower ? &ops : nullptr);
  auto image = std::make_unique<ClipImageTower>(image_weights, config);
  auto text = std::make_unique<ClipTextTower>(text_weights, config);
  const Tensor logit_scale = parameters.take(kLogitScaleName, {});
  parameters.finish();

  LoadedModel model;
  if (options.load_image_tower) model.image = std::move(image);
  if (options.load_text_tower) model.text = std::move(text);
  model.vocab_size = config.vocab_size;
  model.eos_token_id = config.eos_token_id;
  model.info.family = "clip_vit";
  model.info.embedding_dim = config.embedding_dim;
  model.info.parameters = image_weights.parameter_count() + text_weights.parameter_count() + 1;
  model.info.image_size = static_cast<int>(config.image_size);
  model.info.patch_size = static_cast<int>(config.patch_size);
  model.info.context_length = static_cast<int>(config.context_length);
  model.info.logit_scale = std::exp(*logit_scale.data<float>());
  model.info.activation = config.vision.activation == Activation::gelu ? "gelu" : "quick_gelu";
  return model;
}

}  // namespace

ModelFamily clip_vit_family() { return {"clip_vit", load}; }

}  // namespace sightline
