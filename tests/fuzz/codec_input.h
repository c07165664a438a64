// Runs the decoder of an image format whose library is optional on one input.
#pragma once

#include <sightline/error.h>
#include <sightline/image.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "image/codec_plugin.h"
#include "image/pixels.h"

namespace sightline::fuzz {

// The decoder returns a complete image within the limits or throws Error; not an internal one.
inline int decode_input(image::CodecFunction* decode, const uint8_t* data, size_t size) {
  static const std::string name = "input";
  constexpr ImageLimits kLimits{.max_bytes = 1 << 20, .max_pixels = 1 << 18};
  if (size == 0 || size > static_cast<size_t>(kLimits.max_bytes)) return 0;
  try {
    Raster raster;
    decode({data, size}, name, kLimits, raster);
    const bool complete = raster.pixels.size() == image::view(raster).size();
    if (!complete || int64_t{raster.width} * raster.height > kLimits.max_pixels) std::abort();
    if (to_rgb(raster).pixels.empty()) std::abort();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::internal) std::abort();
  }
  return 0;
}

}  // namespace sightline::fuzz
