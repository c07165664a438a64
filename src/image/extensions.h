// Extensions of image files: the one list that every reader and writer of files uses.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace sightline::image {

// Returns the extensions of image files in lower case, without the dot. The order is that of
// preference where a sample has several images. The list also names formats that only some builds
// decode, so that such a file is reported and not ignored.
std::span<const std::string_view> extensions();

// Returns the position of the dot of an image's extension in a file name or path (1 in "a.JPG"), or
// path.size() if it does not end in one. Case is ignored.
size_t extension_position(std::string_view path);

inline bool has_image_extension(std::string_view path) {
  return extension_position(path) < path.size();
}

// Whether the path's extension is one of camera RAW files.
bool has_raw_extension(std::string_view path);

}  // namespace sightline::image
