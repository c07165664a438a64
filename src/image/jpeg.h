// Decodes JPEG; see image/decoders.h for what all decoders share.
#pragma once

#include <sightline/image.h>
#include <string>

#include "image/decoders.h"

namespace sightline::image {

// Decodes into `raster` and reuses its memory if it suffices. min_side 0: full size. Otherwise the
// image is decoded at the smallest of 1/1, 1/2, 1/4 and 1/8 of its size whose shorter side is at
// least min_side pixels; below 1/1, raster.full_width and full_height are set to the file's size.
void decode_jpeg(Bytes bytes, const std::string& name, const ImageLimits& limits, int min_side,
                 Raster& raster);

}  // namespace sightline::image
