// RasterView: decoded pixels that another object owns, such as an array of another program.
#pragma once

#include <sightline/image.h>

#include <cstdint>
#include <span>

namespace sightline {

// A raster without its memory. Members as in Raster.
struct RasterView {
  PixelMode mode = PixelMode::rgb;
  int width = 0;
  int height = 0;
  std::span<const uint8_t> pixels;
  std::span<const uint8_t> palette = {};
  bool palette_has_alpha = false;
  int orientation = 1;
  int full_width = 0;
  int full_height = 0;

  RasterView() = default;
  RasterView(PixelMode pixel_mode, int pixel_width, int pixel_height,
             std::span<const uint8_t> values, std::span<const uint8_t> colours = {})
      : mode(pixel_mode),
        width(pixel_width),
        height(pixel_height),
        pixels(values),
        palette(colours) {}
  // Views `raster`, which must outlive the view.
  RasterView(const Raster& raster)
      : mode(raster.mode),
        width(raster.width),
        height(raster.height),
        pixels(raster.pixels),
        palette(raster.palette),
        palette_has_alpha(raster.palette_has_alpha),
        orientation(raster.orientation),
        full_width(raster.full_width),
        full_height(raster.full_height) {}
};

// Returns perceptual_hash (image_properties.h) of these pixels.
uint64_t perceptual_hash(const RasterView& raster);

}  // namespace sightline
