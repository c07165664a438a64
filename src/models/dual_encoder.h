// Common steps of the loaders of models with two towers and CLIP's logit scale.
#pragma once

#include "models/towers.h"

namespace sightline {

// Both towers, complete or only checked.
struct DualTowers {
  std::unique_ptr<ImageTower> image;
  std::unique_ptr<TextTower> text;
  int64_t parameters = 0;  // of both
};

// As the config has them.
struct DualSizes {
  int64_t embedding_dim = 0;   // D
  int64_t image_size = 0;      // S
  int64_t patch_size = 0;      // 0: no patches
  int64_t context_length = 0;  // T
  int64_t vocab_size = 0;      // V
};

// Reads the logit scale, which is the last tensor of source.parameters, and returns the towers that
// `options` asks for with the facts about both. Throws what ParameterSource throws.
LoadedModel dual_encoder(const ModelSource& source, const ModelOptions& options, DualTowers towers,
                         const DualSizes& sizes, Activation activation);

}  // namespace sightline
