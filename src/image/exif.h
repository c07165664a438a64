// The orientation tag, and turning an image upright by it.
#pragma once

#include <sightline/image.h>

#include <cstdint>
#include <optional>
#include <span>

namespace sightline::image {

// The first value of a tag of type SHORT in the first directory of a classic TIFF; nothing where it
// is missing or the bytes are no such thing.
std::optional<uint16_t> tiff_short(std::span<const uint8_t> tiff, uint16_t tag);

// The value 1..8 of tag 0x0112 in an EXIF block (a small TIFF; "Exif\0\0" before it is skipped).
// Anything unreadable means 1, as if there were no tag.
int exif_orientation(std::span<const uint8_t> exif);

// Applies raster.orientation (1 to 8) to the pixels and sets it to 1.
// Source: EXIF 2.3, tag Orientation.
void turn_upright(Raster& raster);

}  // namespace sightline::image
