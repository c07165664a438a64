// Byte-level steps of mojibake repair: encoding text in a code page and decoding its bytes as
// UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "text/cleaning/fix_tables.h"

namespace sightline {

// Encodes text in a code page. Returns none if it lacks a character.
std::optional<std::string> encode_in(const CodePage& page, std::u32string_view text);

// Restores byte A0 in UTF-8 sequences where it was replaced by a space.
// Source: ftfy fixes.restore_byte_a0, and the check before its call in fix_encoding
std::string restore_byte_a0(const std::string& bytes);

// Replaces UTF-8 sequences that have lost bytes (1A, sometimes '?') by U+FFFD.
// Source: ftfy fixes.replace_lossy_sequences
std::string replace_lossy_sequences(const std::string& bytes);

// Decodes strict UTF-8. Returns none for invalid UTF-8.
std::optional<std::u32string> decode_strict(std::string_view bytes);

// Decodes UTF-8, CESU-8 and the two-byte NUL. Returns none for anything else.
// Source: ftfy bad_codecs/utf8_variants.py
std::optional<std::u32string> decode_utf8_variants(std::string_view bytes);

}  // namespace sightline
