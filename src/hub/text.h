// String helpers for ids, numbers, URLs and sizes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sightline::hub {

bool is_hex(std::string_view text, size_t digits);  // lower case
bool is_commit(std::string_view text);              // 40 hex digits

// Parses a non-negative decimal integer; none if the text is anything else or out of range.
std::optional<int64_t> number(std::string_view text);

// Encodes all characters except letters, digits and "-._~" as %XX, including '/' unless keep_slash.
std::string percent_encoded(std::string_view text, bool keep_slash);

std::string bytes_text(int64_t bytes);  // "1.3 GB", "512 bytes"

}  // namespace sightline::hub
