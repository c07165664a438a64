// Resizing of 16-bit images, and by nearest neighbour.
#pragma once

#include <cstdint>
#include <vector>

#include "image/resample.h"

namespace sightline::image {

// As resample(), for 16-bit values (mode i16, 2 bytes per pixel): sums in double precision and
// rounds to 16 bits after each pass.
std::vector<uint8_t> resample_16(const PixelView& in, int out_width, int out_height,
                                 ResizeFilter filter, const Window& window);

// Nearest-neighbour resizing. Pillow uses it for modes "1" and "P", whatever the filter.
std::vector<uint8_t> resize_nearest(const PixelView& in, int out_width, int out_height,
                                    const Window& window);

}  // namespace sightline::image
