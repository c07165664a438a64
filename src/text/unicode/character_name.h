// Names of characters in the Unicode Character Database.
#pragma once

#include <string>

namespace sightline::unicode {

// Returns the name, which no later version of Unicode changes: "GRINNING FACE" for U+1F600. Empty
// if the installed ICU knows none.
std::string character_name(char32_t c);

}  // namespace sightline::unicode
