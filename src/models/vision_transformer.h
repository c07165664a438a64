// A vision transformer as an image tower: patches, positions, transformer, pooling, projection.
// Source: transformers modeling_clip.py, CLIPVisionTransformer, and modeling_siglip.py,
// SiglipVisionTransformer; openai/CLIP clip/model.py, VisionTransformer.
#pragma once

#include <optional>
#include <string>

#include "models/towers.h"
#include "models/transformer.h"

namespace sightline {

// The defaults are CLIP's.
struct VisionTransformerConfig {
  TransformerConfig transformer;
  int64_t image_size = 0;  // S
  int64_t patch_size = 0;  // P
  bool class_token = true;
  bool patch_bias = false;
  bool projection_bias = false;
  bool pre_norm = true;       // a layer norm between the positions and the first layer
  int64_t embedding_dim = 0;  // D; 0: no projection, the pooled vector of width C is the result
};

class VisionTransformer : public ImageTower {
 public:
  // Weights under transformers' names, "vision_model.…" and "visual_projection";
  // "vision_model.head" is the head of attention pooling.
  VisionTransformer(WeightBuilder& weights, const VisionTransformerConfig& config);

  // pixels (B, 3, S, S) -> (B, D)
  Tensor encode(Ops& ops, const Tensor& pixels) const override { return consume(ops, pixels); }
  Tensor consume(Ops& ops, Tensor pixels) const override;

 private:
  int64_t patch_size_;
  Tensor class_token_;  // undefined: none
  Linear patch_;
  Tensor positions_;
  std::optional<LayerNorm> pre_norm_;
  std::optional<Transformer> transformer_;
  Linear projection_;  // null: none
};

}  // namespace sightline
