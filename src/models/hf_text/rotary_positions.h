// Rotary positions of texts: the cosines and sines by which Ops::rotate turns q and k.
// Source: Su et al. 2021, section 3.4.2; Dao-AILab/flash-attention flash_attn/layers/rotary.py
// (RotaryEmbedding with interleaved=False).
#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace sightline {

struct RotaryPositions {
  Tensor cosines, sines;  // (length, head), host f32, for RotaryPairs::halves
};

// `head`: features of a head, an even number. Position t turns the pair i by t / base^(2i / head).
RotaryPositions rotary_positions(int64_t length, int64_t head, double base);

}  // namespace sightline
