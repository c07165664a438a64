// timm's plain vision transformers as image towers: vit_*_siglip_*, vit_*_clip_*, vit_*_gap_* and
// vit_base_mci_224, whose patches come from convolutions.
// Source: huggingface/pytorch-image-models timm/models/vision_transformer.py (VisionTransformer),
// vision_transformer_hybrid.py (ConvStem, vit_base_mci_224), layers/attention_pool.py
// (AttentionPoolLatent); mlfoundations/open_clip src/open_clip/timm_model.py.
#pragma once

#include "models/open_clip/towers.h"

namespace sightline {

ImageTowerKind timm_vit_kind();

}  // namespace sightline
