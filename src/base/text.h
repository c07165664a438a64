// String helpers: quoting, counting, trimming, ASCII case, and text that is safe in messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// A-Z in lower case; other bytes are unchanged, whatever the locale.
std::string lower(std::string_view text);

// `text` without these characters at both ends. A view into `text`.
std::string_view trimmed(std::string_view text, std::string_view characters = " \t\r\n");

// The lines of a text, without their ends (LF or CRLF). A final line end adds no empty line.
std::vector<std::string> split_lines(std::string_view text);

// A path or name in single quotes, for messages.
std::string quoted(const std::filesystem::path& path);

// "1 image", "2 images", "3 queries". `plural` is `singular` with an "s" where it is empty.
std::string counted(int64_t count, std::string_view singular, std::string_view plural = {});

// Text of unknown origin for a message: one line of printable ASCII (other bytes as '?'), at most
// max_bytes of it; "..." marks what is left out.
std::string printable(std::string_view text, size_t max_bytes = 200);

}  // namespace sightline
