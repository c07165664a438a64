// Resizing of images of 16 and 32 bits per pixel, and by nearest neighbour.
#pragma once

#include <cstdint>
#include <vector>

#include "image/resample.h"

namespace sightline::image {

// As resample(), for the modes i16, i32 and f32: sums in double precision and rounds to the mode's
// type after each pass.
std::vector<uint8_t> resample_wide(PixelMode mode, const PixelView& in, int out_width,
                                   int out_height, ResizeFilter filter, const Window& window);

// Nearest-neighbour resizing. Pillow uses it for modes "1" and "P", whatever the filter.
std::vector<uint8_t> resize_nearest(const PixelView& in, int out_width, int out_height,
                                    const Window& window);

}  // namespace sightline::image
