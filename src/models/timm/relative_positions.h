// Biases of attention that depend on the distance of two positions of a square of patches.
// Source: huggingface/pytorch-image-models timm/layers/pos_embed_rel.py,
// gen_relative_position_index; timm/models/swin_transformer.py, get_relative_position_index.
#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace sightline {

// table ((2 * side - 1)^2, H) host f32: a row for each distance of row and column, from the most
// negative   -> (H, T, T) host f32, T = prefix + side^2: query, key. 0 for the first `prefix`
// positions, class tokens.
Tensor relative_position_bias(const Tensor& table, int64_t side, int64_t prefix);

}  // namespace sightline
