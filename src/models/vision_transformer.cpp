#include "models/vision_transformer.h"

#include <utility>

namespace sightline {

VisionTransformer::VisionTransformer(WeightBuilder& weights, const VisionTransformerConfig& config)
    : patch_size_(config.patch_size) {
  const TransformerConfig& transformer = config.transformer;
  const int64_t width = transformer.width, side = config.patch_size;
  const int64_t grid = config.image_size / config.patch_size;
  const std::string name = "vision_model.";
  if (config.class_token)
    class_token_ = weights.parameter(name + "embeddings.class_embedding", {width});
  patch_ = weights.flattened_linear(name + "embeddings.patch_embedding", {width, 3, side, side},
                                    config.patch_bias);
  positions_ = weights.parameter(name + "embeddings.position_embedding.weight",
                                 {grid * grid + (config.class_token ? 1 : 0), width});
  // "pre_layrnorm" is the spelling of the published files.
  if (config.pre_norm)
    pre_norm_ = LayerNorm(weights, name + "pre_layrnorm", width, transformer.eps);
  transformer_.emplace(
      weights, TransformerNames{name + "encoder.layers", name + "post_layernorm", name + "head"},
      transformer);
  if (config.embedding_dim > 0) {
    const bool pooler = transformer.pooling == PoolingKind::pooler;
    projection_ = weights.linear("visual_projection", config.embedding_dim,
                                 pooler ? transformer.pooled_width : width, config.projection_bias,
                                 LayerPrecision::high);
  }
}

Tensor VisionTransformer::consume(Ops& ops, Tensor pixels) const {
  // x = self.conv1(x); x = torch.cat([self.class_embedding …, x], dim=1) +
  // self.positional_embedding
  Tensor x = ops.patch_embed(std::move(pixels), patch_, patch_size_);
  x = ops.add_class_and_positions(x, class_token_, positions_);
  // x = self.ln_pre(x)
  if (pre_norm_) x = (*pre_norm_)(ops, x);
  // x = self.transformer(x); x = self.ln_post(x[:, 0, :]); x = x @ self.proj
  if (projection_ == nullptr) return transformer_->encode(ops, std::move(x), {}, OutputType::f32);
  x = transformer_->encode(ops, std::move(x), {}, OutputType::compute);
  return ops.linear(x, projection_, Activation::none, {});
}

}  // namespace sightline
