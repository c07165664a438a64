// CLIP's text tower, and its image tower as a vision transformer.
#pragma once

#include "models/clip_config.h"
#include "models/text_transformer.h"
#include "models/vision_transformer.h"

namespace sightline {

class ClipImageTower : public VisionTransformer {
 public:
  ClipImageTower(WeightBuilder& weights, const ClipConfig& config);
};

class ClipTextTower : public TextTransformer {
 public:
  ClipTextTower(WeightBuilder& weights, const ClipConfig& config);
};

// The scalar `logit_scale` (a logarithm), shape ().
inline constexpr const char* kLogitScaleName = "logit_scale";

}  // namespace sightline
