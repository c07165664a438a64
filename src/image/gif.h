// Decodes GIF (the first frame); see image/decoders.h for what all decoders share.
#pragma once

#include <sightline/image.h>
#include <string>

#include "image/decoders.h"

namespace sightline::image {

Raster decode_gif(Bytes bytes, const std::string& name, const ImageLimits& limits);

}  // namespace sightline::image
