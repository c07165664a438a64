// RGB images to PNG files.
#pragma once

#include <sightline/image.h>

#include <cstdint>
#include <vector>

namespace sightline {

// 8-bit RGB, not interlaced, no metadata: the same image always gives the same bytes with the
// same libpng and zlib. Throws invalid_argument for an empty image, internal if libpng fails.
std::vector<uint8_t> encode_png(const Image& image);

}  // namespace sightline
