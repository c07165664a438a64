// Thumbnails for display.
#pragma once

#include <sightline/image.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace sightline {

// Decodes an image file, blends transparency on white, and scales the image so that its longer side
// has `side` pixels (small images are enlarged). Returns std::nullopt if the bytes cannot be
// decoded within the limits.
std::optional<Image> thumbnail(std::span<const uint8_t> bytes, int side,
                               OrientationProfile orientation, const ImageLimits& limits);

// The same for upright images, without enlarging small ones. JPEG files are decoded at a reduced
// size (DecodeProfile::fast). `name`: for messages. Throws what decode_raster throws.
Image shrunk_image(std::span<const uint8_t> bytes, const std::string& name, int side,
                   const ImageLimits& limits);

}  // namespace sightline
