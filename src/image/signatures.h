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
bool is_jpeg2000(Bytes head);  // a file of boxes (JP2, JPX) or a raw codestream
bool is_avif(Bytes head);
bool is_heif(Bytes head);
bool is_jxl(Bytes head);

}  // namespace sightline::image
