// Decoders whose library is optional at build time. Each lives in a plugin, libsightline_<name>.so
// (base/plugin.h), built from src/image/codecs/<name>/ if the library was found, and is loaded when
// the first image in its format is decoded. A plugin exports one function of type CodecFunction
// named sightline_decode_<name>.
#pragma once

#include <sightline/image.h>

#include <string>

#include "image/decoders.h"

namespace sightline::image {

using CodecFunction = void(Bytes bytes, const std::string& name, const ImageLimits& limits,
                           Raster& raster);

struct Codec {
  const char* plugin;   // "heif"
  const char* format;   // for messages: "HEIC"
  const char* library;  // "libheif"
  const char* package;  // Debian's, with the headers: "libheif-dev"
};

// Returns the decoder of a plugin. Throws unsupported if the build or the machine has none; `name`
// is the image's.
CodecFunction* load_codec(const Codec& codec, const std::string& name);

// Decodes with the plugin of a codec; an entry of the table of formats (image/formats.h).
template <const Codec& codec>
void decode_with_plugin(Bytes bytes, const std::string& name, const ImageLimits& limits,
                        int /*min_side*/, Raster& raster) {
  static CodecFunction* const decode = load_codec(codec, name);
  decode(bytes, name, limits, raster);
}

}  // namespace sightline::image
