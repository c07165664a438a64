// Reads an image's orientation from EXIF and XMP metadata, and applies it.
#pragma once

#include <sightline/image.h>

#include <cstdint>
#include <optional>
#include <span>

namespace sightline::image {

// Returns the first value of a tag of type SHORT in the first directory of a classic TIFF, or
// std::nullopt if there is no such tag or the bytes are not a TIFF.
std::optional<uint16_t> read_tiff_short(std::span<const uint8_t> tiff, uint16_t tag);

// Returns the orientation 1..8 of an image's metadata; 1 if there is none. As in Pillow, the tag
// 0x0112 of the EXIF block counts if it exists, even with a value that is not an orientation;
// otherwise tiff:Orientation of the XMP packet, an attribute or an element.
//   exif  a TIFF with or without the prefix "Exif\0\0"; may be empty
//   xmp   the packet's text; may be empty
// Source: Pillow, Image.getexif
int exif_orientation(std::span<const uint8_t> exif, std::span<const uint8_t> xmp = {});

// Mirrors and rotates the pixels as raster.orientation (1..8) requires, and sets it to 1.
// Source: EXIF 2.3, tag Orientation.
void apply_orientation(Raster& raster);

}  // namespace sightline::image
