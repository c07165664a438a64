// RGB pictures to PNG files.
#pragma once

#include <sightline/image.h>

#include <cstdint>
#include <vector>

namespace sightline {

// 8-bit RGB, not interlaced, no metadata: the same picture always gives the same bytes with the
// same libpng and zlib. Throws invalid_argument for an empty picture, internal if libpng fails.
std::vector<uint8_t> encode_png(const Image& image);

}  // namespace sightline
