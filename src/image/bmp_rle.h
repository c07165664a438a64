// Decodes run-length encoded BMP pixels.
#pragma once

#include <sightline/image.h>

#include "image/byte_reader.h"

namespace sightline::image {

// Fills raster.pixels (1 byte per pixel) with the RLE8 or, if four_bits, RLE4 data at the reader's
// position. Pixels that are not stored, such as those after an end-of-bitmap marker, become 0.
// Throws invalid_data if the data ends before the image is complete and without that marker.
void unpack_rle(ByteReader& reader, bool four_bits, bool top_down, Raster& raster);

}  // namespace sightline::image
