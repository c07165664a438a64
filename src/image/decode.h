// decode_raster into an existing raster.
#pragma once

#include <sightline/image.h>

#include <cstdint>
#include <span>
#include <string>

namespace sightline::image {

// Like decode_raster(bytes, name, spec, limits), but reuses the raster's memory if it suffices
// (JPEG only). After an error the raster's content is unspecified. Throws the errors of
// decode_raster.
void decode_into(std::span<const uint8_t> bytes, const std::string& name,
                 const PreprocessSpec& spec, const ImageLimits& limits, Raster& raster);

// Whether a file that begins with these bytes (at least the first 64, or all) is in a format that
// decode_raster knows.
bool has_image_signature(std::span<const uint8_t> head);

}  // namespace sightline::image
