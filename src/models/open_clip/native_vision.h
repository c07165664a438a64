// OpenCLIP's own vision transformer, with all its ways of pooling and of normalizing.
// Source: mlfoundations/open_clip src/open_clip/transformer.py, VisionTransformer.
#pragma once

#include "models/open_clip/towers.h"
#include "models/vision_transformer.h"

namespace sightline {

// The sizes and choices of a native tower. embedding_dim is left 0.
VisionTransformerConfig read_native_vision(const ConfigSection& vision, bool quick_gelu);

ImageTowerKind native_vision_kind();

}  // namespace sightline
