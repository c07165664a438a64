// Run-length coded BMP pixels.
#pragma once

#include <sightline/image.h>

#include "image/byte_reader.h"

namespace sightline::image {

// Fills raster.pixels (1 byte a pixel) from RLE8 or RLE4 data at the reader's position. What the
// data leaves out after an end-of-bitmap mark stays 0. Throws invalid_data where the data ends
// without that mark before the image is full.
void unpack_rle(ByteReader& reader, bool four_bits, bool top_down, Raster& raster);

}  // namespace sightline::image
