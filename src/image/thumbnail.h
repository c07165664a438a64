// An image as a person wants to see it, fitted into a square.
#pragma once

#include <sightline/image.h>

#include <cstdint>
#include <optional>
#include <span>

namespace sightline {

// Decoded upright, transparency on white, scaled so that the longer side is `side` (small images
// grow). Nothing where the bytes cannot be decoded within the limits.
std::optional<Image> thumbnail(std::span<const uint8_t> bytes, int side, const ImageLimits& limits);

}  // namespace sightline
