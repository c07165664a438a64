// Recognizes SVG documents, also gzipped ones.
#pragma once

#include "image/decoders.h"

namespace sightline::image {

// `head` is the whole file or its first bytes. Comments and a document type may precede the root
// element within the first 16 KiB.
bool is_svg(Bytes head);

}  // namespace sightline::image
