// Recognizes image formats by the first bytes of a file.
#pragma once

#include <optional>

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

// A format that is recognized, but not decoded. Only for messages.
struct OtherFormat {
  const char* name;  // with its article: "a Photoshop document (PSD)"
  bool is_image;
};
std::optional<OtherFormat> find_other_format(Bytes head);

}  // namespace sightline::image
