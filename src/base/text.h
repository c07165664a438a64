// String helpers: quoting, counting, trimming, ASCII case, and text that is safe in messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// Converts A-Z to lower case; other bytes are unchanged in every locale.
std::string lower(std::string_view text);

// Returns a view of `text` without leading and trailing `characters`.
std::string_view trimmed(std::string_view text, std::string_view characters = " \t\r\n");

// Whether `text` has nothing but ASCII white space.
bool is_blank(std::string_view text);

// Splits a text into lines, without line ends (LF or CRLF). A final line end adds no empty line.
std::vector<std::string> split_lines(std::string_view text);

// Returns a path or name in single quotes, for messages. Bytes that are not UTF-8 become "\xHH".
std::string quoted(const std::filesystem::path& path);

// Formats a count: "1 image", "2 images", "3 queries". An empty `plural` is `singular` + "s".
std::string counted(int64_t count, std::string_view singular, std::string_view plural = {});

// Formats untrusted text for a message: one line of ASCII, truncated to max_bytes bytes. Bytes that
// are not printable become '?'; "..." marks truncation.
std::string printable(std::string_view text, size_t max_bytes = 200);

}  // namespace sightline
