// Decodes TIFF (the first page); see image/decoders.h for what all decoders share.
#pragma once

#include <sightline/image.h>
#include <string>

#include "image/decoders.h"

namespace sightline::image {

Raster decode_tiff(Bytes bytes, const std::string& name, const ImageLimits& limits);

}  // namespace sightline::image
