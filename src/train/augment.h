// Random variations of an image for training: one affine map and a change of colours.
#pragma once

#include <sightline/image.h>

#include "base/random.h"
#include "train/recipe.h"

namespace sightline {

// `image` (any square size) -> (side, side, 3) RGB in `out`: zoomed, shifted, turned, perhaps
// mirrored, sampled bilinearly; beyond the border the border's colour goes on. Then brightness,
// contrast and saturation. Draws the same count of random numbers whatever the settings.
void augment(const Image& image, int side, const Augmentation& settings, Random& random,
             Image& out);

}  // namespace sightline
