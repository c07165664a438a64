#include "models/clip_vit.h"

namespace sightline {
namespace {

VisionTransformerConfig image_config(const ClipConfig& clip) {
  VisionTransformerConfig config;
  config.transformer = clip.vision;
  config.image_size = clip.image_size;
  config.patch_size = clip.patch_size;
  config.embedding_dim = clip.embedding_dim;
  return config;
}

TextTransformerConfig text_config(const ClipConfig& clip) {
  TextTransformerConfig config;
  config.transformer = clip.text;
  config.transformer.causal = true;
  config.transformer.pooling = PoolingKind::last;  // the end token
  config.context_length = clip.context_length;
  config.vocab_size = clip.vocab_size;
  config.embedding_dim = clip.embedding_dim;
  return config;
}

}  // namespace

ClipImageTower::ClipImageTower(WeightBuilder& weights, const ClipConfig& config)
    : VisionTransformer(weights, image_config(config)) {}

ClipTextTower::ClipTextTower(WeightBuilder& weights, const ClipConfig& config)
    : TextTransformer(weights, text_config(config)) {}

}  // namespace sightline
