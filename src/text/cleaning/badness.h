// Mojibake detection, with results equal to those of ftfy 6.3.
#pragma once

#include <string_view>

namespace sightline {

// Returns whether a text contains sequences that are much more likely mojibake than intended.
// Source: ftfy badness.is_bad
bool looks_like_mojibake(std::u32string_view text);

}  // namespace sightline
