// Small things with texts that come from the network.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sightline::hub {

bool is_hex(std::string_view text, size_t digits);  // lower-case digits only
bool is_commit(std::string_view text);              // 40 of them

// A whole non-negative number, nothing else; none where it is not or does not fit.
std::optional<int64_t> number(std::string_view text);

// Everything but letters, digits and "-._~" as %XX; '/' too, unless keep_slash.
std::string percent_encoded(std::string_view text, bool keep_slash);

std::string bytes_text(int64_t bytes);  // "1.3 GB", "512 bytes"

}  // namespace sightline::hub
