// What the decoders have in common. There is one for each format, in the file of its name. Each is
// given the whole file, checks the size in the header against the limits before it allocates, and
// returns pixels in the mode that Pillow returns, with the orientation tag read but not applied.
// `name` is the file's, for messages. All throw Error: invalid_data, limit_exceeded, unsupported.
#pragma once

#include <cstdint>
#include <span>

namespace sightline::image {

using Bytes = std::span<const uint8_t>;

}  // namespace sightline::image
