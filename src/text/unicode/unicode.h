// UTF-8, character properties and lower case of Unicode 16.0, as the reference tokenizers apply
// them. Independent of installed libraries.
#pragma once

#include <string>
#include <string_view>

#include "base/utf8.h"

namespace sightline::unicode {

// Decodes strict UTF-8 (no surrogates, no overlong forms). Each maximal subpart of an ill-formed
// sequence becomes one U+FFFD, as with Python's errors="replace".
std::u32string decode_utf8(std::string_view text);
std::string encode_utf8(std::u32string_view text);
using sightline::append_utf8;
using sightline::is_valid_utf8;

bool is_letter(char32_t c);        // \p{L}
bool is_number(char32_t c);        // \p{N}
bool is_decimal(char32_t c);       // \p{Nd}
bool is_space(char32_t c);         // White_Space: \s of Python's regex and of Oniguruma
bool is_python_space(char32_t c);  // str.isspace(): is_space and U+001C to U+001F

// The implementation whose edge cases are reproduced.
//   python      str.lower with the final sigma rule; Unicode 16.0
//   tokenizers  the package tokenizers: lower case per code point with newer letters; normalization
//               with older marks
enum class Flavor { python, tokenizers };

std::u32string to_lower(std::u32string_view text, Flavor flavor);

}  // namespace sightline::unicode
