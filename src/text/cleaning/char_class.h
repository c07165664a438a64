// Character classes for mojibake detection and repair.
#pragma once

#include <algorithm>

#include "text/cleaning/fix_tables.h"

namespace sightline {

// Returns the CharClass bits of c; 0 for characters of ordinary text.
inline uint32_t char_classes(char32_t c) {
  if (c < 0x80) return c == ' ' ? uint32_t{kContinuation} : 0;
  const auto it = std::upper_bound(kCharClasses.begin(), kCharClasses.end(), c,
                                   [](char32_t v, const CharClassRange& r) { return v < r.first; });
  return it != kCharClasses.begin() && c <= (it - 1)->last ? (it - 1)->classes : 0;
}

}  // namespace sightline
