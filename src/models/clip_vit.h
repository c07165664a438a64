// CLIP's text tower, and its image tower as a vision transformer, in Hugging Face's names.
// Source: transformers modeling_clip.py, CLIPModel; openai/CLIP clip/model.py, VisionTransformer.
#pragma once

#include <memory>
#include <span>

#include "models/clip_config.h"
#include "models/towers.h"
#include "models/transformer.h"

namespace sightline {

class ClipImageTower : public ImageTower {
 public:
  ClipImageTower(WeightBuilder& weights, const ClipConfig& config);
  // pixels (B, 3, S, S) -> (B, D)
  Tensor encode(Ops& ops, const Tensor& pixels) const override { return consume(ops, pixels); }
  Tensor consume(Ops& ops, Tensor pixels) const override;

 private:
  int64_t patch_size_;
  Linear patch_;
  Tensor class_token_, positions_;
  LayerNorm pre_norm_, post_norm_;
  std::unique_ptr<Transformer> blocks_;
  Linear projection_;
};

class ClipTextTower : public TextTower {
 public:
  ClipTextTower(WeightBuilder& weights, const ClipConfig& config);
  Tensor encode(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const override;

 private:
  Tensor tokens_, positions_;
  std::unique_ptr<Transformer> blocks_;
  LayerNorm final_norm_;
  Linear projection_;
};

// The scalar `logit_scale` (a logarithm), shape ().
inline constexpr const char* kLogitScaleName = "logit_scale";

}  // namespace sightline
