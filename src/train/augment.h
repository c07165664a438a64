// Random augmentation of an image for training: an affine map and a change of colours.
#pragma once

#include <sightline/image.h>

#include "base/random.h"
#include "train/recipe.h"

namespace sightline {

// `image` (any square size) -> (side, side, 3) RGB in `out`: zoomed, shifted, rotated, perhaps
// mirrored, with bilinear sampling; pixels beyond the border repeat it. Then brightness, contrast
// and saturation change. The number of random draws does not depend on the settings.
void augment(const Image& image, int side, const Augmentation& settings, Random& random,
             Image& out);

}  // namespace sightline
