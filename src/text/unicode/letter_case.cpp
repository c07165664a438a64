#include "text/unicode/letter_case.h"

#include <unordered_map>

#include "text/unicode/unicode_tables.h"

namespace sightline::unicode {
namespace {

std::unordered_map<char32_t, char32_t> inverse_of_lower() {
  std::unordered_map<char32_t, char32_t> upper;
  for (const LowerRange& range : kLower) {  // ascending: the lowest code point wins
    for (char32_t c = range.first; c <= range.last; c += range.stride) {
      upper.try_emplace(static_cast<char32_t>(static_cast<int64_t>(c) + range.offset), c);
    }
  }
  upper[U'ς'] = U'Σ';  // the final sigma is not in kLower
  return upper;
}

}  // namespace

char32_t to_upper(char32_t c) {
  static const std::unordered_map<char32_t, char32_t> kUpper = inverse_of_lower();
  const auto at = kUpper.find(c);
  return at == kUpper.end() ? c : at->second;
}

}  // namespace sightline::unicode
