// Unicode as the reference tokenizers see it (version 16.0), independent of any installed library.
#pragma once

#include <string>
#include <string_view>

namespace sightline::unicode {

// Strict UTF-8 (no surrogates, no overlong forms). Each maximal part of an ill-formed sequence
// becomes one U+FFFD, as Python's errors="replace" does.
std::u32string decode_utf8(std::string_view text);
bool is_valid_utf8(std::string_view text);
void append_utf8(char32_t c, std::string& out);
std::string encode_utf8(std::u32string_view text);

bool is_letter(char32_t c);        // \p{L}
bool is_number(char32_t c);        // \p{N}
bool is_decimal(char32_t c);       // \p{Nd}
bool is_space(char32_t c);         // \s of `regex` and of Oniguruma: property White_Space
bool is_python_space(char32_t c);  // str.isspace(): is_space, and U+001C to U+001F

// Whose edge cases to follow: Python's (str.lower with the final sigma rule, Unicode 16.0), or
// those of the package `tokenizers` (each code point on its own; newer letters, older marks).
enum class Flavor { python, tokenizers };

std::u32string to_lower(std::u32string_view text, Flavor flavor);
std::u32string to_nfc(std::u32string_view text, Flavor flavor);
std::u32string to_nfd(std::u32string_view text, Flavor flavor);

}  // namespace sightline::unicode
