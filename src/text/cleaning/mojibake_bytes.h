// The byte side of mojibake repair: what the text's bytes were, and what they are as UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "text/cleaning/fix_tables.h"

namespace sightline {

// The bytes that `page` reads as `text`; nothing where a character is not in it.
std::optional<std::string> encode_in(const CodePage& page, std::u32string_view text);

// Puts back byte A0 where a UTF-8 sequence has a space instead.
// Source: ftfy fixes.restore_byte_a0 (and the test before it in fix_encoding)
std::string restore_byte_a0(const std::string& bytes);

// UTF-8 sequences with lost bytes (1A, sometimes '?') become U+FFFD.
// Source: ftfy fixes.replace_lossy_sequences
std::string replace_lossy_sequences(const std::string& bytes);

// Strict UTF-8; nothing where it is not.
std::optional<std::u32string> decode_strict(std::string_view bytes);

// Also CESU-8 and the two-byte NUL.
// Source: ftfy bad_codecs/utf8_variants.py
std::optional<std::u32string> decode_utf8_variants(std::string_view bytes);

}  // namespace sightline
