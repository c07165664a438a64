// The character properties that decide token ids, as data of this project: ids must not change
// with the Unicode version of an installed library. Generated from Unicode 16.0 by
// tools/golden/tokenizer_unicode_tables.py. Every table is sorted by code point.
#pragma once

#include <cstdint>
#include <span>

namespace sightline::unicode {

struct CodePointRange {
  char32_t first, last;  // both included
};

// Every `stride`-th code point from first to last has the lower case code point + offset.
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
  char32_t composed, first, second;  // second is 0 where the decomposition is one code point
  bool composes;                     // first + second gives `composed` again (not excluded)
};

extern const std::span<const CodePointRange> kLetters;   // general category L
extern const std::span<const CodePointRange> kNumbers;   // general category N
extern const std::span<const CodePointRange> kDecimals;  // general category Nd
extern const std::span<const CodePointRange> kCased;     // cased, and not case-ignorable
extern const std::span<const CodePointRange> kCaseIgnorable;
extern const std::span<const LowerRange> kLower;  // U+0130 apart, which has two
extern const std::span<const CombiningRange> kCombining;
extern const std::span<const Decomposition> kDecompositions;  // canonical, one step, no Hangul

// Where the package `tokenizers` differs from Unicode 16.0: its lower case is newer, its
// normalizer older.
extern const std::span<const LowerRange> kHfExtraLower;
extern const std::span<const CodePointRange> kHfNotCombining;
extern const std::span<const CodePointRange> kHfNotDecomposed;

}  // namespace sightline::unicode
