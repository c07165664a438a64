// Conversions between pixel modes, as in Pillow's Convert.c. `in` and `out` point to the first
// pixel.
#pragma once

#include <sightline/image.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace sightline::image {

// Throws invalid_argument if the pixel buffer or the palette does not match the raster's size.
void check_raster(const Raster& raster);

// Converts `count` pixels of any mode to RGB (count, 3). `palette`: 256 * 4 bytes R, G, B, A in
// modes palette and pa, otherwise unused.
void to_rgb(PixelMode mode, std::span<const uint8_t> palette, const uint8_t* in, size_t count,
            uint8_t* out);
// Converts `count` pixels of a mode without colours (bilevel, l, la, i16, i32, f32) to 8-bit grey
// (count): the value that to_rgb stores in each of the three channels.
void to_grey(PixelMode mode, const uint8_t* in, size_t count, uint8_t* out);

// Multiplies the colours of `count` pixels by alpha, the last of 2 (LA) or 4 (RGBA) channels.
void premultiply_alpha(const uint8_t* in, size_t count, int channels, uint8_t* out);
// Divides the colours by alpha, in place. Pixels whose alpha is 0 or 255 are not changed.
void unpremultiply_alpha(uint8_t* pixels, size_t count, int channels);

}  // namespace sightline::image
