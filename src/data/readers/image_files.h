// Which files of a folder are images.
#pragma once

#include <filesystem>
#include <string_view>

namespace sightline {

// The kind of a file by its name.
//   image    it has the extension of an image format
//   other    the extension of a file that photo folders also have: a sidecar (.xmp, .json, .thm …),
//            a text, a video …
//   unknown  another extension or none
enum class NameKind { image, other, unknown };
NameKind kind_of_name(std::string_view name);

// Whether a regular file begins like an image. Reads 64 bytes. True if it cannot be read: reading
// the whole file then reports why.
bool begins_like_image(const std::filesystem::path& file);

}  // namespace sightline
