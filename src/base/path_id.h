// Paths as texts that are valid UTF-8, for ids, JSON and messages (docs/decisions/0038).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace sightline {

// Returns the path as UTF-8. Each byte that is not part of a valid sequence becomes "\xHH" (two
// upper-case hexadecimal digits), and a backslash that begins such a text "\x5C". Other paths are
// returned unchanged.
std::string path_id(const std::filesystem::path& path);

// The inverse of path_id. A text that path_id does not return is a path as it is.
std::filesystem::path path_of_id(std::string_view id);

}  // namespace sightline
