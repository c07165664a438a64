// OpenCLIP's own text transformer, causal or not, with all its ways of pooling.
// Source: mlfoundations/open_clip src/open_clip/transformer.py, TextTransformer, text_global_pool.
#pragma once

#include "models/open_clip/towers.h"
#include "models/text_transformer.h"

namespace sightline {

// The sizes and choices of a native tower. embedding_dim is left 0.
TextTransformerConfig read_native_text(const ConfigSection& text, bool quick_gelu);

TextTowerKind native_text_kind();

}  // namespace sightline
