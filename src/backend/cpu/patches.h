// The patches of images as rows, the input of the patch embedding's linear layer.
#pragma once

#include "tensor/tensor.h"

namespace sightline {

// pixels (B, 3, S, S) f32 -> (B, (S / P)^2, 3 * P * P), each patch in the order of the
// convolution's weights; pixels right of and below the last whole patch are left out. Unfolds in
// place where the caller released the pixels and the patches cover them: a batch of pixels is as
// large as the largest result after it, and would stay allocated through the whole tower.
Tensor unfold_patches(Tensor pixels, int64_t patch_size);

}  // namespace sightline
