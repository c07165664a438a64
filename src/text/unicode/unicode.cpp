#include "text/unicode/unicode.h"

#include <algorithm>
#include <span>

#include "text/unicode/unicode_tables.h"

namespace sightline::unicode {
namespace {

// Returns the row whose [first, last] contains c, or null.
template <typename Row>
const Row* find_row(std::span<const Row> rows, char32_t c) {
  const auto it = std::upper_bound(rows.begin(), rows.end(), c, [](char32_t value, const Row& row) {
    return value < row.first;
  });
  if (it == rows.begin()) return nullptr;
  const Row& row = *(it - 1);
  return c <= row.last ? &row : nullptr;
}

bool is_final_sigma(std::u32string_view text, size_t at) {
  size_t before = at;
  while (before > 0 && find_row(kCaseIgnorable, text[before - 1])) --before;
  if (before == 0 || !find_row(kCased, text[before - 1])) return false;
  size_t after = at + 1;
  while (after < text.size() && find_row(kCaseIgnorable, text[after])) ++after;
  return after == text.size() || !find_row(kCased, text[after]);
}

char32_t lower_by(std::span<const LowerRange> table, char32_t c) {
  const LowerRange* row = find_row(table, c);
  if (!row || (c - row->first) % row->stride != 0) return c;
  return static_cast<char32_t>(static_cast<int64_t>(c) + row->offset);
}

}  // namespace

std::u32string decode_utf8(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const Utf8Sequence sequence = read_utf8(text, at);
    out.push_back(sequence.code_point);
    at += sequence.bytes;
  }
  return out;
}

std::string encode_utf8(std::u32string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char32_t c : text) append_utf8(c, out);
  return out;
}

bool is_letter(char32_t c) {
  if (c < 0x80) return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
  return find_row(kLetters, c) != nullptr;
}

bool is_number(char32_t c) {
  if (c < 0x80) return c >= '0' && c <= '9';
  return find_row(kNumbers, c) != nullptr;
}

bool is_decimal(char32_t c) {
  if (c < 0x80) return c >= '0' && c <= '9';
  return find_row(kDecimals, c) != nullptr;
}

bool is_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= 0x09 && c <= 0x0D);
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool is_python_space(char32_t c) {
  return is_space(c) || (c >= 0x1C && c <= 0x1F);
}

std::u32string to_lower(std::u32string_view text, Flavor flavor) {
  std::u32string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    if (c < 0x80) {
      out.push_back(c >= 'A' && c <= 'Z' ? c + 0x20 : c);
    } else if (c == 0x130) {  // İ is the only character that maps to two
      out += U"i\u0307";
    } else if (c == 0x3A3 && flavor == Flavor::python && is_final_sigma(text, i)) {
      out.push_back(0x3C2);
    } else {
      const char32_t low = lower_by(kLower, c);
      out.push_back(low == c && flavor == Flavor::tokenizers ? lower_by(kHfExtraLower, c) : low);
    }
  }
  return out;
}

}  // namespace sightline::unicode
