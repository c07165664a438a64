#include "base/path_id.h"

#include <cstdint>

#include "base/utf8.h"

namespace sightline {
namespace {

constexpr size_t kEscapeBytes = 4;  // "\xHH"

uint8_t byte_at(std::string_view text, size_t at) {
  return at < text.size() ? static_cast<uint8_t>(text[at]) : 0;
}

int hex_digit(uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Returns the byte that the text at `at` stands for; -1 if it is no escape.
int escaped_byte(std::string_view text, size_t at) {
  if (byte_at(text, at) != '\\' || byte_at(text, at + 1) != 'x') return -1;
  const int high = hex_digit(byte_at(text, at + 2)), low = hex_digit(byte_at(text, at + 3));
  if (high < 0 || low < 0) return -1;
  const int byte = 16 * high + low;
  return byte >= 0x80 || byte == '\\' ? byte : -1;
}

void append_escaped(uint8_t byte, std::string& out) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  out += "\\x";
  out += kDigits[byte >> 4];
  out += kDigits[byte & 15];
}

}  // namespace

std::string path_id(const std::filesystem::path& path) {
  const std::string& text = path.native();
  std::string id;
  for (size_t at = 0; at < text.size();) {
    const Utf8Sequence sequence = read_utf8(text, at);
    const size_t size = sequence.valid && escaped_byte(text, at) < 0 ? sequence.bytes : 0;
    if (size == 0) append_escaped(byte_at(text, at), id);
    id.append(text, at, size);
    at += size == 0 ? 1 : size;
  }
  return id;
}

std::filesystem::path path_of_id(std::string_view id) {
  std::string path;
  for (size_t at = 0; at < id.size();) {
    const int byte = escaped_byte(id, at);
    path += byte < 0 ? id[at] : static_cast<char>(byte);
    at += byte < 0 ? 1 : kEscapeBytes;
  }
  return path;
}

}  // namespace sightline
