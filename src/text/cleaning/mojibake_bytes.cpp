#include "text/cleaning/mojibake_bytes.h"

#include <algorithm>
#include <vector>

#include "text/unicode/unicode.h"

namespace sightline {
namespace {

// A byte pattern: a set of inclusive byte ranges for each position.
struct ByteRange {
  uint8_t first, last;
};
using ByteSet = std::vector<ByteRange>;
using BytePattern = std::vector<ByteSet>;

bool in_set(const ByteSet& set, char c) {
  const auto byte = static_cast<uint8_t>(c);
  for (const ByteRange& r : set) {
    if (byte >= r.first && byte <= r.last) return true;
  }
  return false;
}

bool matches(const BytePattern& pattern, std::string_view bytes, size_t at) {
  if (at + pattern.size() > bytes.size()) return false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (!in_set(pattern[i], bytes[at + i])) return false;
  }
  return true;
}

// Returns the length of the first pattern that matches at a position, or 0 if none does.
size_t first_match(const std::vector<BytePattern>& patterns, std::string_view bytes, size_t at) {
  for (const BytePattern& pattern : patterns) {
    if (matches(pattern, bytes, at)) return pattern.size();
  }
  return 0;
}

ByteSet one(uint8_t byte) {
  return {{byte, byte}};
}

const std::vector<BytePattern>& altered_utf8() {
  // Continuation bytes without 85 and A0, which are too often part of something else.
  static const ByteSet kSome = {{0x80, 0x84}, {0x86, 0x9F}, {0xA1, 0xBF}};
  static const ByteSet kAny = {{0x80, 0xBF}};
  static const ByteSet kGap = one(0x20);
  static const std::vector<BytePattern> table = {
      {{{0xC2, 0xC3}, {0xC5, 0xC5}, {0xCE, 0xCE}, {0xD0, 0xD0}, {0xD9, 0xD9}}, kGap},
      {{{0xE2, 0xE3}}, kGap, kSome},
      {{{0xE0, 0xE3}}, kSome, kGap},
      {one(0xF0), kGap, kAny, kAny},
      {one(0xF0), kAny, kGap, kAny},
      {one(0xF0), kAny, kAny, kGap},
  };
  return table;
}

const std::vector<BytePattern>& lossy_utf8() {
  static const ByteSet kLost = one(0x1A);
  static const ByteSet kLostOrMark = {{0x1A, 0x1A}, {'?', '?'}};
  static const ByteSet kMaybe = {{0x1A, 0x1A}, {0x80, 0xBF}};
  static const ByteSet kMaybeOrMark = {{0x1A, 0x1A}, {'?', '?'}, {0x80, 0xBF}};
  static const ByteSet kThree = {{0xE0, 0xEF}}, kFour = {{0xF0, 0xF4}};
  static const ByteSet kHigh = {{0xA0, 0xAF}}, kLow = {{0xB0, 0xBF}};
  static const std::vector<BytePattern> table = {
      {{{0xC2, 0xDF}}, kLost},
      {{{0xC2, 0xC3}}, one('?')},
      {one(0xED), kHigh, kLostOrMark, one(0xED), kLow, kMaybeOrMark},
      {one(0xED), kHigh, kMaybeOrMark, one(0xED), kLow, kLostOrMark},
      {kThree, kLostOrMark, kMaybe},
      {kThree, kMaybe, kLostOrMark},
      {kFour, kLostOrMark, kMaybe, kMaybe},
      {kFour, kMaybe, kLostOrMark, kMaybe},
      {kFour, kMaybe, kMaybe, kLostOrMark},
      {kLost},
  };
  return table;
}

// Restores "à " from "\xc3 ", which is the whole word (as in "Ã la") unless it starts one of the
// Portuguese words with à.
std::string restore_a_grave(const std::string& bytes) {
  std::string out;
  for (size_t at = 0; at < bytes.size(); ++at) {
    out += bytes[at];
    if (bytes[at] != '\xC3' || at + 1 == bytes.size() || bytes[at + 1] != ' ') continue;
    const std::string_view rest = std::string_view(bytes).substr(at + 2);
    bool exception = false;
    for (const char* word : {" ", "quele", "quela", "quilo", "s "})
      exception |= rest.starts_with(word);
    if (!exception) {
      out += "\xA0 ";
      ++at;
    }
  }
  return out;
}

// Matches like Python's `$`: at the end, or before a line feed at the end.
bool at_end(std::string_view bytes, size_t at) {
  return at == bytes.size() || (at + 1 == bytes.size() && bytes[at] == '\n');
}

// Matches the sets one after another; the end of the bytes may cut off the last ones.
bool matches_or_ends(const std::vector<ByteSet>& sets, std::string_view bytes, size_t at) {
  for (const ByteSet& set : sets) {
    if (at < bytes.size() && in_set(set, bytes[at])) {
      ++at;
    } else if (!at_end(bytes, at)) {
      return false;
    }
  }
  return true;
}

bool is_cesu8(std::string_view bytes, size_t at) {
  static const std::vector<ByteSet> kRest = {
      {{0xA0, 0xAF}}, {{0x80, 0xBF}}, {{0xED, 0xED}}, {{0xB0, 0xBF}}, {{0x80, 0xBF}}};
  return bytes[at] == '\xED' && matches_or_ends(kRest, bytes, at + 1);
}

bool is_special(std::string_view bytes, size_t at) {
  static const std::vector<ByteSet> kNull = {{{0x80, 0x80}}};
  static const std::vector<ByteSet> kSurrogate = {{{0xA0, 0xBF}}, {{0x80, 0xBF}}};
  if (bytes[at] == '\xC0') return matches_or_ends(kNull, bytes, at + 1);
  return bytes[at] == '\xED' && (is_cesu8(bytes, at) || matches_or_ends(kSurrogate, bytes, at + 1));
}

// Decodes a special sequence at the start of `bytes`. Returns the number of bytes consumed, or
// none.
std::optional<size_t> decode_special(std::string_view bytes, std::u32string& out) {
  if (bytes[0] == '\xC0') {
    if (bytes.size() < 2) return std::nullopt;
    out.push_back(0);
    return 2;
  }
  if (bytes.size() < 6) {
    const auto rest = decode_strict(bytes);
    if (!rest) return std::nullopt;
    out += *rest;
    return bytes.size();
  }
  if (!is_cesu8(bytes, 0)) return std::nullopt;  // a lone surrogate
  const auto bits = [&](size_t i, unsigned mask) { return static_cast<char32_t>(bytes[i] & mask); };
  out.push_back((bits(1, 0x0F) << 16) + (bits(2, 0x3F) << 10) + (bits(4, 0x0F) << 6) +
                bits(5, 0x3F) + 0x10000);
  return 6;
}

}  // namespace

std::optional<std::string> encode_in(const CodePage& page, std::u32string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char32_t c : text) {
    if (c < 0x80) {
      if (c == 0x1A && page.sloppy) return std::nullopt;
      out += static_cast<char>(c);
    } else if (c == 0xFFFD && page.sloppy) {
      out += '\x1A';
    } else {
      const auto* end = page.upper + 128;
      const auto* found = c > 0xFFFF ? end : std::find(page.upper, end, static_cast<char16_t>(c));
      if (found == end) return std::nullopt;
      out += static_cast<char>(0x80 + (found - page.upper));
    }
  }
  return out;
}

std::string restore_byte_a0(const std::string& bytes) {
  bool found = false;
  for (size_t at = 0; at < bytes.size() && !found; ++at)
    found = first_match(altered_utf8(), bytes, at) != 0;
  if (!found) return bytes;
  std::string out = restore_a_grave(bytes);
  for (size_t at = 0; at < out.size();) {
    const size_t length = first_match(altered_utf8(), out, at);
    for (size_t i = 0; i < length; ++i) {
      if (out[at + i] == ' ') out[at + i] = '\xA0';
    }
    at += std::max<size_t>(length, 1);
  }
  return out;
}

std::string replace_lossy_sequences(const std::string& bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (size_t at = 0; at < bytes.size();) {
    const size_t length = first_match(lossy_utf8(), bytes, at);
    if (length == 0) {
      out += bytes[at++];
    } else {
      out += "\xEF\xBF\xBD";
      at += length;
    }
  }
  return out;
}

std::optional<std::u32string> decode_strict(std::string_view bytes) {
  if (!unicode::is_valid_utf8(bytes)) return std::nullopt;
  return unicode::decode_utf8(bytes);
}

std::optional<std::u32string> decode_utf8_variants(std::string_view bytes) {
  std::u32string out;
  while (!bytes.empty()) {
    size_t special = 0;
    while (special < bytes.size() && !is_special(bytes, special)) ++special;
    const auto plain = decode_strict(bytes.substr(0, special));
    if (!plain) return std::nullopt;
    out += *plain;
    bytes.remove_prefix(special);
    if (bytes.empty()) break;
    const auto used = decode_special(bytes, out);
    if (!used) return std::nullopt;
    bytes.remove_prefix(*used);
  }
  return out;
}

}  // namespace sightline
