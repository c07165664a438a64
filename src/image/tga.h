// TGA (Truevision Targa) decoder.
#pragma once

#include <sightline/image.h>

#include <string>
#include <string_view>

#include "image/decoders.h"

namespace sightline::image {

// Whether the bytes of a whole file are those of a TGA file. The format has no magic number, so
// every field of the header is checked, and the size of uncompressed pixels against the file's.
bool is_tga(Bytes bytes);
// The same for a file whose name ends in .tga, .icb, .vda or .vst: fields that some programs leave
// undefined are not checked, and the file may be truncated.
bool is_named_tga(Bytes bytes, std::string_view file_name);

// See decoders.h. Types 1, 2, 3, 9, 10 and 11 with 1, 8, 16, 24 or 32 bits per pixel. Unlike in
// Pillow, a run of equal pixels may continue in the next row.
Raster decode_tga(Bytes bytes, const std::string& name, const ImageLimits& limits);

}  // namespace sightline::image
