// SigLIP 2's vision transformer of native aspect ratio and flexible resolution (NaFlex): images of
// different sizes, for each of which the position embedding is resized to its grid of patches.
// Source: transformers modeling_siglip2.py, Siglip2VisionModel.
#pragma once

#include <optional>

#include "models/towers.h"
#include "models/transformer.h"
#include "models/vision_transformer.h"

namespace sightline {

class NaflexTower : public ImageTower {
 public:
  // Weights under transformers' names, "vision_model.…". config.image_size is the side of the
  // square whose patches the position embedding has; images may have any other size.
  NaflexTower(WeightBuilder& weights, const VisionTransformerConfig& config);

  // pixels (B, 3, H, W), H and W multiples of the patch size   -> (B, C)
  Tensor encode(Ops& ops, const Tensor& pixels) const override;
  Tensor encode_patches(Ops& ops, const PackedPatches& images) const override;

 private:
  // The position embeddings of all patches of the images, (R, C), host.
  Tensor resized_positions(Ops& ops, const PackedPatches& images) const;

  int64_t patch_size_;
  int64_t side_;  // the position embedding is of side_ x side_ patches
  Linear patch_;
  Tensor positions_;  // (side_ * side_, C)
  std::optional<Transformer> transformer_;
};

}  // namespace sightline
