// Upper case, as the inverse of this project's own table of lower case.
#pragma once

namespace sightline::unicode {

// The upper case letter whose lower case is c; of several the lowest code point, and c itself where
// there is none. One code point for one, so not all of Unicode's special cases: ß becomes ẞ.
char32_t to_upper(char32_t c);

}  // namespace sightline::unicode
