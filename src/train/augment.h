// Random augmentation of an image for training: an affine map and a change of colours.
#pragma once

#include <sightline/image.h>

#include "base/random.h"
#include "train/recipe.h"

namespace sightline {

// `image` (any square size) -> (side, side, 3) RGB in `out`: zoomed, shifted, rotated, perhaps
// mirrored, with bilinear sampling; pixels beyond the border repeat it or are white. Then
// brightness, contrast and saturation change, the image may turn grey, and a white square may cover
// a part of it. The number of random draws depends only on whether `grey` and `cutout` are 0.
void augment(const Image& image, int side, const Augmentation& settings, Random& random,
             Image& out);

}  // namespace sightline
