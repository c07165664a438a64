#include "image/thumbnail.h"

#include <sightline/error.h>

#include <algorithm>

namespace sightline {
namespace {

uint8_t on_white(uint8_t value, uint8_t alpha) {
  return static_cast<uint8_t>((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

// to_rgb, as models need it, drops alpha and thereby reveals the colours of transparent pixels.
Image blend_on_white(const Raster& raster) {
  Image image = to_rgb(raster);
  const size_t count = static_cast<size_t>(image.width) * static_cast<size_t>(image.height);
  const auto blend = [&](size_t i, uint8_t alpha) {
    for (size_t c = 0; c < 3; ++c)
      image.pixels[3 * i + c] = on_white(image.pixels[3 * i + c], alpha);
  };
  if (raster.mode == PixelMode::rgba) {
    for (size_t i = 0; i < count; ++i) blend(i, raster.pixels[4 * i + 3]);
  } else if (raster.mode == PixelMode::la || raster.mode == PixelMode::pa) {
    for (size_t i = 0; i < count; ++i) blend(i, raster.pixels[2 * i + 1]);
  } else if (raster.mode == PixelMode::palette && raster.palette_has_alpha) {
    for (size_t i = 0; i < count; ++i) blend(i, raster.palette[4 * raster.pixels[i] + 3]);
  }
  return image;
}

// Scales an image so that its longer side has `side` pixels.
Image scaled_to(const Image& image, int side) {
  const int longer = std::max(image.width, image.height);
  const auto scaled = [&](int length) {
    return std::max(1,
                    static_cast<int>((static_cast<int64_t>(length) * side + longer / 2) / longer));
  };
  return resize(image, scaled(image.width), scaled(image.height), ResizeFilter::bicubic);
}

}  // namespace

std::optional<Image> thumbnail(std::span<const uint8_t> bytes, int side,
                               OrientationProfile orientation, const ImageLimits& limits) {
  try {
    return scaled_to(blend_on_white(decode_raster(bytes, "image", orientation, limits)), side);
  } catch (const Error&) {
    return std::nullopt;
  }
}

Image shrunk_image(std::span<const uint8_t> bytes, const std::string& name, int side,
                   const ImageLimits& limits) {
  PreprocessSpec spec;
  spec.orientation = OrientationProfile::upright;
  spec.decode = DecodeProfile::fast;
  spec.resize_size = side;  // the shorter side keeps at least as many pixels
  Image image = blend_on_white(decode_raster(bytes, name, spec, limits));
  return std::max(image.width, image.height) <= side ? image : scaled_to(image, side);
}

}  // namespace sightline
