// Strict UTF-8: no surrogates, no overlong forms, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sightline {

struct Utf8Sequence {
  char32_t code_point;  // U+FFFD if ill-formed
  size_t bytes;         // bytes consumed, at least 1: a character, or a maximal ill-formed part
  bool valid;
};

// Decodes the sequence at `at`, which must be inside `text`.
Utf8Sequence read_utf8(std::string_view text, size_t at);

// Returns the number of bytes before the first ill-formed sequence; text.size() if there is none.
size_t valid_utf8_size(std::string_view text);

inline bool is_valid_utf8(std::string_view text) {
  return valid_utf8_size(text) == text.size();
}

void append_utf8(char32_t c, std::string& out);

}  // namespace sightline
