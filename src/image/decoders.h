// One decoder a format. Each takes the whole file, checks the header's size against the limits
// before it allocates, and gives the pixels in the mode that Pillow gives them, with the
// orientation tag read but not applied. `name` is the file's, for messages.
// All throw Error: invalid_data, limit_exceeded, unsupported.
#pragma once

#include <sightline/image.h>

#include <cstdint>
#include <span>
#include <string>

namespace sightline::image {

using Bytes = std::span<const uint8_t>;

// Into a raster whose memory is kept where it suffices. `least_side`: 0 for every pixel; else the
// image may be made smaller (a half, a quarter, an eighth) as long as its shorter side has as
// many pixels as that; raster.full_width and full_height then say the file's own size.
void decode_jpeg(Bytes bytes, const std::string& name, const ImageLimits& limits, int least_side,
                 Raster& raster);
Raster decode_png(Bytes bytes, const std::string& name, const ImageLimits& limits);
Raster decode_webp(Bytes bytes, const std::string& name, const ImageLimits& limits);
Raster decode_gif(Bytes bytes, const std::string& name, const ImageLimits& limits);
Raster decode_bmp(Bytes bytes, const std::string& name, const ImageLimits& limits);
Raster decode_tiff(Bytes bytes, const std::string& name, const ImageLimits& limits);

}  // namespace sightline::image
