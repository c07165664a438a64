// Normalization forms C and D of Unicode 16.0 (see Flavor for exceptions).
#pragma once

#include <string>
#include <string_view>

#include "text/unicode/unicode.h"

namespace sightline::unicode {

std::u32string to_nfc(std::u32string_view text, Flavor flavor);
std::u32string to_nfd(std::u32string_view text, Flavor flavor);

}  // namespace sightline::unicode
