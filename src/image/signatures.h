// Recognizes image formats by the first bytes of a file.
#pragma once

#include "image/decoders.h"

namespace sightline::image {

// `head` is the whole file or its first bytes.
bool is_jpeg(Bytes head);
bool is_png(Bytes head);
bool is_webp(Bytes head);
bool is_gif(Bytes head);
bool is_bmp(Bytes head);
bool is_tiff(Bytes head);

}  // namespace sightline::image
