// Rotary positions of image patches: the cosines and sines by which Ops::rotate turns q and k.
// Source: huggingface/pytorch-image-models timm/layers/pos_embed_sincos.py, RotaryEmbeddingCat with
// in_pixels=False (freq_bands, _build_grid, build_rotary_pos_embed).
#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace sightline {

struct RotaryGrid {
  int64_t side = 0;           // patches of a side
  int64_t reference = 0;      // ref_feat_shape: the side to which the coordinates are scaled
  float offset = 0;           // grid_offset: added to each coordinate before scaling
  bool column_first = false;  // grid_indexing 'xy': the column's angles come before the row's
};

struct RotaryTables {
  Tensor cosines, sines;  // (prefix + side^2, head), host f32, for RotaryPairs::neighbours
};

// `head`: features of a head, a multiple of 4. The first `prefix` rows rotate nothing: class
// tokens.
RotaryTables rotary_tables(const RotaryGrid& grid, int64_t head, int64_t prefix);

}  // namespace sightline
