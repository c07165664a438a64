// Reads and applies the EXIF orientation tag.
#pragma once

#include <sightline/image.h>

#include <cstdint>
#include <optional>
#include <span>

namespace sightline::image {

// Returns the first value of a tag of type SHORT in the first directory of a classic TIFF, or
// std::nullopt if there is no such tag or the bytes are not a TIFF.
std::optional<uint16_t> read_tiff_short(std::span<const uint8_t> tiff, uint16_t tag);

// Returns the orientation 1..8 (tag 0x0112) of an EXIF block, which is a TIFF with or without the
// prefix "Exif\0\0". Returns 1 if the tag is missing or not readable.
int exif_orientation(std::span<const uint8_t> exif);

// Mirrors and rotates the pixels as raster.orientation (1..8) requires, and sets it to 1.
// Source: EXIF 2.3, tag Orientation.
void apply_orientation(Raster& raster);

}  // namespace sightline::image
