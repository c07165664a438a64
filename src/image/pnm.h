// PNM decoder: PBM, PGM, PPM, PAM and grey PFM.
#pragma once

#include <sightline/image.h>

#include <string>

#include "image/decoders.h"

namespace sightline::image {

// Whether the bytes begin as a file of one of the formats.
bool is_pnm(Bytes bytes);

// See decoders.h. As in Pillow, files of more than 8 bits per sample become mode "I" (grey, scaled
// to 65535) or 8-bit RGB, and PFM becomes mode "F", without scaling. PAM, which Pillow does not
// read, is scaled to 8 bits.
Raster decode_pnm(Bytes bytes, const std::string& name, const ImageLimits& limits);

}  // namespace sightline::image
