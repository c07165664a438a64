// Formats that are recognized by their first bytes, but not decoded. Only for messages.
#pragma once

#include <optional>

#include "image/decoders.h"

namespace sightline::image {

struct OtherFormat {
  const char* name;  // with its article: "a Photoshop document (PSD)"
  bool is_image;
};

// `head` is the whole file or its first bytes.
std::optional<OtherFormat> find_other_format(Bytes head);

}  // namespace sightline::image
