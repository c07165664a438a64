// Images as sixels, six rows of pixels for each line of a printer's head.
#pragma once

#include <sightline/image.h>

#include <string>

namespace sightline {

// Returns the device control string that draws the image. Colours are reduced to 6 x 7 x 6 by error
// diffusion (Floyd and Steinberg, 1976).
std::string sixel_image(const Image& image);

}  // namespace sightline
