// The table of image formats: how each is recognized and decoded.
#pragma once

#include <sightline/image.h>

#include <span>
#include <string>
#include <string_view>

#include "image/decoders.h"

namespace sightline::image {

struct ImageFormat {
  // When the orientation that the decoder returns in Raster::orientation is applied. Decoders of
  // formats whose library rotates the image itself return 1.
  enum class Orientation {
    as_profile,  // as PreprocessSpec::orientation says
    always,      // because the reference applies it while loading
  };

  const char* name;       // for messages: "JPEG"
  const char* extension;  // ".jpg", for files that are written without a known name
  bool (*matches)(Bytes head);
  // See image/decoders.h. min_side: DecodeProfile::fast's PreprocessSpec::resize_size, or 0.
  void (*decode)(Bytes bytes, const std::string& name, const ImageLimits& limits, int min_side,
                 Raster& raster);
  Orientation orientation;
};

// Returns the formats in the order in which they are tried: a format whose signature is a special
// case of another's comes first.
std::span<const ImageFormat> image_formats();

// Returns the first format that matches the first bytes of a file, or nullptr. The name is used
// only for TGA, which has no magic number, and for camera RAW, of which some kinds look like an
// ordinary TIFF file with a small preview; it may be empty.
const ImageFormat* find_format(Bytes head, std::string_view file_name = {});

// Returns the names of all formats: "JPEG, PNG and WebP".
std::string format_names();

}  // namespace sightline::image
