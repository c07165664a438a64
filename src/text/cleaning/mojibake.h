// Mojibake repair, with results equal to those of ftfy 6.3.
#pragma once

#include <string>

namespace sightline {

// Repairs mojibake: text that was encoded as UTF-8 and decoded in another encoding.
// Source: ftfy fix_encoding
std::u32string fix_encoding(std::u32string text);

}  // namespace sightline
