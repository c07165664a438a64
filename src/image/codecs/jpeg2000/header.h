// The header of a JPEG 2000 codestream, read before OpenJPEG allocates memory for it.
#pragma once

#include <cstdint>
#include <string>

#include "image/decoders.h"

namespace sightline::image::jpeg2000 {

struct Header {
  bool in_boxes = false;  // JP2 or JPX; otherwise a raw codestream
  int64_t width = 0;
  int64_t height = 0;
  int64_t tiles = 0;
  int components = 0;
  int palette_channels = 0;  // the components of the decoded image, if not 0
};

// Finds the codestream and reads its SIZ marker. Throws invalid_data.
// Source: ISO/IEC 15444-1, A.5.1 (SIZ), I.4 (boxes) and I.5.3.4 (palette).
Header read_header(Bytes bytes, const std::string& name);

}  // namespace sightline::image::jpeg2000
