// One decoder per image format. Each accepts a whole file, checks the size in its header against
// the limits before allocating, and returns pixels in the mode that Pillow uses for the file. The
// orientation tag is read but not applied. `name` is the file's name in error messages.
// All throw Error: invalid_data, limit_exceeded, unsupported.
#pragma once

#include <sightline/image.h>

#include <cstdint>
#include <span>
#include <string>

namespace sightline::image {

using Bytes = std::span<const uint8_t>;

// Decodes into `raster` and reuses its memory if it suffices. min_side 0: full size. Otherwise the
// image is decoded at the smallest of 1/1, 1/2, 1/4 and 1/8 of its size whose shorter side is at
// least min_side pixels; below 1/1, raster.full_width and full_height are set to the file's size.
void decode_jpeg(Bytes bytes, const std::string& name, const ImageLimits& limits, int min_side,
                 Raster& raster);
Raster decode_png(Bytes bytes, const std::string& name, const ImageLimits& limits);
Raster decode_webp(Bytes bytes, const std::string& name, const ImageLimits& limits);
Raster decode_gif(Bytes bytes, const std::string& name, const ImageLimits& limits);
Raster decode_bmp(Bytes bytes, const std::string& name, const ImageLimits& limits);
Raster decode_tiff(Bytes bytes, const std::string& name, const ImageLimits& limits);

}  // namespace sightline::image
