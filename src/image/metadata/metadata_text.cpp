#include "image/metadata/metadata_text.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/text_encoding.h"
#include "base/utf8.h"

namespace sightline::image {
namespace {

// The characters 0x80 to 0x9F of Windows-1252; the others are those of Latin-1. 0: not assigned.
constexpr std::array<char32_t, 32> kWindows1252 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

std::string from_windows_1252(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    const char32_t point = byte >= 0x80 && byte < 0xA0 ? kWindows1252[byte - 0x80] : char32_t{byte};
    if (point != 0) append_utf8(point, out);
  }
  return out;
}

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
}

// `text` is UTF-8.
std::string one_line(std::string_view text, size_t max_bytes) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const Utf8Sequence next = read_utf8(text, at);
    if (is_control(next.code_point)) {
      out += ' ';
    } else {
      out += text.substr(at, next.bytes);
    }
    at += next.bytes;
  }
  const std::string_view line = trimmed(out);
  size_t size = std::min(line.size(), max_bytes);
  while (size > 0 && size < line.size() && (static_cast<uint8_t>(line[size]) & 0xC0) == 0x80) {
    --size;
  }
  return std::string(trimmed(line.substr(0, size)));
}

std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find(' '));
}

}  // namespace

std::string clean_text(std::string_view bytes, size_t max_bytes) {
  bytes = bytes.substr(0, bytes.find('\0'));
  // White space and control characters before the text count too, so that hostile lengths do not
  // cost time.
  const bool longer = bytes.size() > 4 * max_bytes;
  bytes = bytes.substr(0, 4 * max_bytes);
  const size_t valid = valid_utf8_size(bytes);
  // A character that the line above cut is not a sign of another encoding.
  if (longer && valid + 4 > bytes.size()) bytes = bytes.substr(0, valid);
  if (valid >= bytes.size()) return one_line(bytes, max_bytes);
  return one_line(from_windows_1252(bytes), max_bytes);
}

std::string clean_utf16(std::span<const uint8_t> bytes, size_t max_bytes) {
  bytes = bytes.first(std::min(bytes.size() / 2 * 2, 4 * max_bytes));
  std::string out;
  Utf8Converter converter(TextEncoding::utf16_le);
  converter.append({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, out);
  out.resize(std::min(out.size(), out.find('\0')));
  return is_valid_utf8(out) ? one_line(out, max_bytes) : std::string();
}

std::string camera_name(const std::string& make, const std::string& model) {
  if (model.empty() || make.empty()) return make.empty() ? model : make;
  const std::string brand = lower(first_word(make));
  if (lower(model).starts_with(lower(make)) || lower(first_word(model)) == brand) return model;
  return clean_text(make + " " + model);
}

}  // namespace sightline::image
