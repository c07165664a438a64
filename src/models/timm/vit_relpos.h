// timm's vision transformer with relative positions, as an image tower of OpenCLIP models.
// Source: huggingface/pytorch-image-models timm/models/vision_transformer_relpos.py
// (VisionTransformerRelPos, RelPosBlock, RelPosAttention), timm/layers/pos_embed_rel.py
// (RelPosMlp).
#pragma once

#include "models/open_clip/towers.h"

namespace sightline {

ImageTowerKind vit_relpos_kind();

}  // namespace sightline
