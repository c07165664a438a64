// Character properties that determine token ids, kept in the project because ids must not change
// with the Unicode version of an installed library. Generated from Unicode 16.0 by
// tools/golden/tokenizer_unicode_tables.py. Every table is sorted by code point.
#pragma once

#include <cstdint>
#include <span>

namespace sightline::unicode {

struct CodePointRange {
  char32_t first, last;  // inclusive
};

// For every `stride`-th code point c from first to last, the lower case is c + offset.
struct LowerRange {
  char32_t first, last;
  uint8_t stride;
  int32_t offset;
};

struct CombiningRange {
  char32_t first, last;
  uint8_t ccc;  // canonical combining class, never 0
};

struct Decomposition {
  char32_t composed, first, second;  // second is 0 for a decomposition into one code point
  bool composes;                     // false for composition exclusions
};

extern const std::span<const CodePointRange> kLetters;   // general category L
extern const std::span<const CodePointRange> kNumbers;   // general category N
extern const std::span<const CodePointRange> kDecimals;  // general category Nd
extern const std::span<const CodePointRange> kCased;     // Cased and not Case_Ignorable
extern const std::span<const CodePointRange> kCaseIgnorable;
extern const std::span<const LowerRange> kLower;  // without U+0130, which maps to two code points
extern const std::span<const CombiningRange> kCombining;
extern const std::span<const Decomposition> kDecompositions;  // canonical, single step, no Hangul

// Differences of the package tokenizers from Unicode 16.0: its lower-case mapping is newer, its
// normalizer is older.
extern const std::span<const LowerRange> kHfExtraLower;
extern const std::span<const CodePointRange> kHfNotCombining;
extern const std::span<const CodePointRange> kHfNotDecomposed;

}  // namespace sightline::unicode
