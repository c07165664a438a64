// Extended grapheme clusters: user-perceived characters.
#pragma once

#include <cstddef>
#include <string_view>

namespace sightline::unicode {

// Returns the number of bytes of the cluster that starts at `at`, which must be inside `text`,
// valid UTF-8, and be the start of a cluster. Source: Unicode Standard Annex 29, rules GB3 to GB999
size_t grapheme_size(std::string_view text, size_t at);

}  // namespace sightline::unicode
