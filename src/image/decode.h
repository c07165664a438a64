// decode_raster into a raster that is used again.
#pragma once

#include <sightline/image.h>

#include <cstdint>
#include <span>
#include <string>

namespace sightline::image {

// The raster's memory is kept where it suffices (JPEG). After an error its content is unspecified.
// Orientation as the spec says. Throws as decode_raster.
void decode_into(std::span<const uint8_t> bytes, const std::string& name,
                 const PreprocessSpec& spec, const ImageLimits& limits, Raster& raster);

}  // namespace sightline::image
