// timm's Swin transformer, version 1, as an image tower of OpenCLIP models.
// Source: huggingface/pytorch-image-models timm/models/swin_transformer.py (SwinTransformer,
// SwinTransformerBlock, WindowAttention, PatchMerging).
#pragma once

#include "models/open_clip/towers.h"

namespace sightline {

ImageTowerKind swin_kind();

}  // namespace sightline
