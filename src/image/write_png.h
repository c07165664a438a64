// PNG encoder.
#pragma once

#include <sightline/image.h>

#include <cstdint>
#include <vector>

namespace sightline {

// Returns a PNG file: 8-bit RGB, not interlaced, no metadata. Equal images yield equal bytes with
// the same versions of libpng and zlib. Throws invalid_argument if the image is empty or its pixel
// buffer does not match its size, internal if libpng fails.
std::vector<uint8_t> encode_png(const Image& image);

}  // namespace sightline
