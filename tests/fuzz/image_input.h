// What the fuzzers of image decoders have in common.
#pragma once

#include <sightline/error.h>
#include <sightline/image.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "image/decoders.h"

namespace sightline {

// Decodes with small limits, so that no input is slow because of its size, and converts to RGB.
// Every error but an internal one is fine. `decode(bytes, name, limits)` returns a Raster.
template <typename Decode>
int decode_input(const uint8_t* data, size_t size, const Decode& decode) {
  const ImageLimits limits{.max_bytes = 1 << 20, .max_pixels = 1 << 20};
  const std::string name = "input";
  try {
    to_rgb(decode(image::Bytes(data, size), name, limits));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::internal) std::abort();
  }
  return 0;
}

}  // namespace sightline
