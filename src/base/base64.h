// Base64 (RFC 4648, section 4: with padding).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

std::string base64(std::string_view bytes);

// Throws invalid_argument, naming `what`, if the text is not base64. Line ends are not accepted.
std::vector<uint8_t> decode_base64(std::string_view text, const std::string& what);

}  // namespace sightline
