// Between pixel modes, as Pillow's Convert.c.
#pragma once

#include <sightline/image.h>

#include <cstdint>
#include <vector>

namespace sightline::image {

// (height, width, 3) of a raster of any mode. Throws invalid_argument where sizes do not fit.
std::vector<uint8_t> rgb_pixels(const Raster& raster);

// Pixels whose last channel is alpha (LA: 2 channels, RGBA: 4): colours times alpha, and back.
// The way back leaves colours alone where alpha is 0 or 255.
void multiply_by_alpha(std::vector<uint8_t>& pixels, int channels);
void divide_by_alpha(std::vector<uint8_t>& pixels, int channels);

}  // namespace sightline::image
