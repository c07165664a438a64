// Between pixel modes, as Pillow's Convert.c.
#pragma once

#include <sightline/image.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace sightline::image {

// Throws invalid_argument where pixels or palette do not fit the size.
void check_raster(const Raster& raster);

// `count` pixels of any mode -> (count, 3). `palette`: 256 * 4 bytes, of mode palette only.
void to_rgb(PixelMode mode, std::span<const uint8_t> palette, const uint8_t* in, size_t count,
            uint8_t* out);
// `count` pixels of a mode without colours (bilevel, l, la, i16) -> the one byte that to_rgb gives
// all three channels.
void to_grey(PixelMode mode, const uint8_t* in, size_t count, uint8_t* out);

// Pixels whose last channel is alpha (LA: 2 channels, RGBA: 4): colours times alpha, and back.
// The way back leaves colours alone where alpha is 0 or 255.
void multiply_by_alpha(const uint8_t* in, size_t count, int channels, uint8_t* out);
void divide_by_alpha(uint8_t* pixels, size_t count, int channels);

}  // namespace sightline::image
