// Names of generated image files.
#pragma once

#include <string>
#include <string_view>

namespace sightline {

// Returns the file's name without folders and extension.
std::string stem_of(std::string_view path);

// Returns the name of the image that is made from a file or an icon: at most 40 characters of its
// name, and the first 8 hexadecimal digits of the SHA-256 of its path: "apple_01-0f3a9c1e.png".
std::string image_name(std::string_view path);

// Whether image_name() can return this name.
bool is_image_name(std::string_view name);

}  // namespace sightline
