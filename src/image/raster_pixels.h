// Helpers for RasterView.
#pragma once

#include <sightline/raster_view.h>

#include "image/pixels.h"

namespace sightline::image {

inline PixelView view(const RasterView& raster) {
  return {raster.pixels.data(), raster.width, raster.height, bytes_per_pixel(raster.mode)};
}

// Throws invalid_argument if the pixel buffer or the palette does not match the raster's size.
void check_raster(const RasterView& raster);

}  // namespace sightline::image
