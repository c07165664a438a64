// Conversion of full-range YCbCr to RGB as in Pillow.
#pragma once

#include <cstdint>

namespace sightline::image {

// Converts one pixel: JFIF's formula with 6-bit fixed-point coefficients, clipped to 0..255.
// Source: Pillow, src/libImaging/ConvertYCbCr.c
void ycbcr_to_rgb(uint8_t y, uint8_t cb, uint8_t cr, uint8_t* rgb);

}  // namespace sightline::image
