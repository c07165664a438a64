#include "image/convert.h"

#include <sightline/error.h>

#include "image/pixels.h"

namespace sightline {
namespace image {
namespace {

void check_raster(const Raster& raster) {
  const bool has_palette = raster.mode != PixelMode::palette || raster.palette.size() == 256 * 4;
  if (raster.width <= 0 || raster.height <= 0 || !has_palette ||
      raster.pixels.size() != view(raster).size()) {
    throw Error(ErrorCode::invalid_argument,
                "a raster's pixels or palette do not fit its size of " +
                    std::to_string(raster.width) + " x " + std::to_string(raster.height));
  }
}

void grey(uint8_t value, uint8_t* out) {
  out[0] = out[1] = out[2] = value;
}

void cmyk(const uint8_t* in, uint8_t* out) {
  const unsigned light = 255u - in[3];
  for (int c = 0; c < 3; ++c) out[c] = static_cast<uint8_t>(light - multiply_shares(in[c], light));
}

}  // namespace

std::vector<uint8_t> rgb_pixels(const Raster& raster) {
  check_raster(raster);
  const size_t count = static_cast<size_t>(raster.width) * static_cast<size_t>(raster.height);
  std::vector<uint8_t> pixels(3 * count);
  const uint8_t* in = raster.pixels.data();
  uint8_t* out = pixels.data();
  const auto step = static_cast<size_t>(bytes_per_pixel(raster.mode));
  for (size_t i = 0; i < count; ++i, in += step, out += 3) {
    switch (raster.mode) {
      case PixelMode::bilevel:
        grey(*in != 0 ? 255 : 0, out);
        break;
      case PixelMode::l:
      case PixelMode::la:
        grey(*in, out);
        break;
      case PixelMode::i16:  // no scaling: everything over 255 is white
        grey(in[1] != 0 ? 255 : in[0], out);
        break;
      case PixelMode::palette: {
        const uint8_t* color = raster.palette.data() + 4 * size_t{*in};
        out[0] = color[0];
        out[1] = color[1];
        out[2] = color[2];
        break;
      }
      case PixelMode::cmyk:
        cmyk(in, out);
        break;
      case PixelMode::rgb:
      case PixelMode::rgba:
        out[0] = in[0];
        out[1] = in[1];
        out[2] = in[2];
        break;
    }
  }
  return pixels;
}

void multiply_by_alpha(std::vector<uint8_t>& pixels, int channels) {
  const auto step = static_cast<size_t>(channels);
  for (size_t i = 0; i < pixels.size(); i += step) {
    const uint8_t alpha = pixels[i + step - 1];
    for (size_t c = 0; c + 1 < step; ++c) pixels[i + c] = multiply_shares(pixels[i + c], alpha);
  }
}

void divide_by_alpha(std::vector<uint8_t>& pixels, int channels) {
  const auto step = static_cast<size_t>(channels);
  for (size_t i = 0; i < pixels.size(); i += step) {
    const uint8_t alpha = pixels[i + step - 1];
    if (alpha == 0 || alpha == 255) continue;
    for (size_t c = 0; c + 1 < step; ++c) pixels[i + c] = divide_share(pixels[i + c], alpha);
  }
}

}  // namespace image

Image to_rgb(const Raster& raster) {
  return {raster.width, raster.height, image::rgb_pixels(raster)};
}

}  // namespace sightline
