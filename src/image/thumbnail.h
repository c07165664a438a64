// Thumbnails for display.
#pragma once

#include <sightline/image.h>

#include <cstdint>
#include <optional>
#include <span>

namespace sightline {

// Decodes an image file, blends transparency on white, and scales the image so that its longer side
// has `side` pixels (small images are enlarged). Returns std::nullopt if the bytes cannot be
// decoded within the limits.
std::optional<Image> thumbnail(std::span<const uint8_t> bytes, int side,
                               OrientationProfile orientation, const ImageLimits& limits);

}  // namespace sightline
