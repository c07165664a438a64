#include "text/tokenizers/split.h"

#include "text/unicode/unicode.h"

namespace sightline {
namespace {

enum class CharKind { space, letter, number, other, dropped };

CharKind kind_of(char32_t c, TokenizerProfile profile) {
  if (unicode::is_letter(c)) return CharKind::letter;
  if (unicode::is_number(c)) return CharKind::number;
  if (unicode::is_space(c)) return CharKind::space;
  if (c == 0x345 && profile == TokenizerProfile::openai) return CharKind::dropped;
  return CharKind::other;
}

// Returns the length of the contraction at text[at], which is an apostrophe, or 0 if there is none.
size_t contraction_length(std::u32string_view text, size_t at, TokenizerProfile profile) {
  const auto letter = [&](size_t i) -> char32_t {
    if (i >= text.size()) return 0;
    // The text is lower case, but U+017F (long s) also matches 's' when case is ignored.
    if (text[i] == 0x17F && profile == TokenizerProfile::openai) return 's';
    return text[i];
  };
  const char32_t first = letter(at + 1), second = letter(at + 2);
  if (first == 's' || first == 't') return 2;
  if ((first == 'r' || first == 'v') && second == 'e') return 3;
  if (first == 'm') return 2;
  if (first == 'l' && second == 'l') return 3;
  return first == 'd' ? 2 : 0;
}

}  // namespace

void split_words(std::u32string_view text, TokenizerProfile profile,
                 const std::function<bool(size_t, size_t)>& word) {
  for (size_t at = 0; at < text.size();) {
    size_t length = text[at] == '\'' ? contraction_length(text, at, profile) : 0;
    if (length == 0) {
      const CharKind kind = kind_of(text[at], profile);
      length = 1;
      if (kind == CharKind::space || kind == CharKind::dropped) {
        ++at;
        continue;
      }
      if (kind != CharKind::number) {
        while (at + length < text.size() && kind_of(text[at + length], profile) == kind) ++length;
      }
    }
    if (!word(at, at + length)) return;
    at += length;
  }
}

}  // namespace sightline
