#include "text/unicode/graphemes.h"

#include <algorithm>

#include "base/utf8.h"
#include "text/unicode/grapheme_tables.h"

namespace sightline::unicode {
namespace {

using enum GraphemeClass;

GraphemeClass class_of(char32_t c) {
  if (c < 0x300 && c >= 0xB0) return other;
  if (c >= 0xAC00 && c < 0xD7A4)
    return (c - 0xAC00) % 28 == 0 ? syllable_without_trailing : syllable_with_trailing;
  const auto it = std::upper_bound(kGraphemeClasses.begin(), kGraphemeClasses.end(), c,
                                   [](char32_t v, const GraphemeRange& r) { return v < r.first; });
  return it != kGraphemeClasses.begin() && c <= (it - 1)->last ? (it - 1)->value : other;
}

bool extends(GraphemeClass c) {
  return c == extend || c == conjunct_extend || c == linker || c == zwj;
}

// What rules look back at, further than the last character.
struct Context {
  bool picture = false;   // pictographic extend*, so far
  bool joined = false;    // and then zwj
  bool conjunct = false;  // consonant [conjunct_extend linker zwj]*, so far
  bool linked = false;    // and a linker among them
  size_t regionals = 0;   // consecutive ones before this character

  void add(GraphemeClass c) {
    joined = c == zwj && picture;
    picture = c == pictographic || (picture && extends(c));
    const bool continues = c == conjunct_extend || c == linker || c == zwj;
    linked = conjunct && continues && (linked || c == linker);
    conjunct = c == consonant || (conjunct && continues);
    regionals = c == regional ? regionals + 1 : 0;
  }
};

// Rules GB6 to GB8: syllables of Hangul.
bool joins_hangul(GraphemeClass left, GraphemeClass right) {
  switch (left) {
    case leading:
      return right == leading || right == vowel || right == syllable_without_trailing ||
             right == syllable_with_trailing;
    case vowel:
    case syllable_without_trailing:
      return right == vowel || right == trailing;
    case trailing:
    case syllable_with_trailing:
      return right == trailing;
    default:
      return false;
  }
}

bool joins(GraphemeClass left, GraphemeClass right, const Context& before) {
  if (left == control || right == control) return false;                        // GB4, GB5
  if (extends(right) || right == spacing_mark || left == prepend) return true;  // GB9, GB9a, GB9b
  if (right == consonant && before.linked) return true;                         // GB9c
  if (right == pictographic && before.joined) return true;                      // GB11
  if (right == regional) return before.regionals % 2 == 1;                      // GB12, GB13
  return joins_hangul(left, right);
}

}  // namespace

size_t grapheme_size(std::string_view text, size_t at) {
  Utf8Sequence c = read_utf8(text, at);
  size_t end = at + c.bytes;
  if (c.code_point == '\r' && end < text.size() && text[end] == '\n') return 2;  // GB3
  // Two characters of ASCII never form another cluster.
  if (c.code_point < 0x80 && (end == text.size() || static_cast<uint8_t>(text[end]) < 0x80))
    return c.bytes;
  GraphemeClass left = class_of(c.code_point);
  Context context;
  context.add(left);
  while (end < text.size()) {
    c = read_utf8(text, end);
    const GraphemeClass right = class_of(c.code_point);
    if (!joins(left, right, context)) break;
    context.add(right);
    left = right;
    end += c.bytes;
  }
  return end - at;
}

}  // namespace sightline::unicode
