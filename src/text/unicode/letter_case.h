// Upper-case mapping, the inverse of the project's lower-case table.
#pragma once

namespace sightline::unicode {

// Returns the upper-case letter whose lower case is c: the lowest code point if there are several,
// c itself if there is none. Always maps to a single code point, unlike Unicode's full case
// mapping: ß becomes ẞ.
char32_t to_upper(char32_t c);

}  // namespace sightline::unicode
