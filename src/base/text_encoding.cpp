#include "base/text_encoding.h"

#include <sightline/error.h>

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "base/utf8.h"

namespace sightline {
namespace {

// Not a byte of UTF-8, in place of a character that is incomplete or outside Unicode.
constexpr char kInvalid = '\xFF';

size_t unit_bytes(TextEncoding encoding) {
  switch (encoding) {
    case TextEncoding::utf16_le:
    case TextEncoding::utf16_be:
      return 2;
    case TextEncoding::utf32_le:
    case TextEncoding::utf32_be:
      return 4;
    case TextEncoding::utf8:
      break;
  }
  return 1;
}

char32_t read_unit(std::string_view bytes, TextEncoding encoding) {
  const bool little = encoding == TextEncoding::utf16_le || encoding == TextEncoding::utf32_le;
  char32_t unit = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const size_t at = little ? bytes.size() - 1 - i : i;
    unit = (unit << 8) | static_cast<unsigned char>(bytes[at]);
  }
  return unit;
}

bool is_high_surrogate(char32_t c) {
  return c >= 0xD800 && c < 0xDC00;
}
bool is_low_surrogate(char32_t c) {
  return c >= 0xDC00 && c < 0xE000;
}

std::string hexadecimal(char byte) {
  char text[8];
  std::snprintf(text, sizeof text, "0x%02X",
                static_cast<unsigned>(static_cast<unsigned char>(byte)));
  return text;
}

// Returns the index of the first byte that is not text, or text.size().
size_t first_problem(std::string_view text) {
  const size_t valid = valid_utf8_size(text);
  return std::min(text.substr(0, valid).find('\0'), valid);
}

// Returns the number of lines that end before `at`. Lines end in LF, CRLF or CR.
size_t lines_before(std::string_view text, size_t at) {
  size_t lines = 0;
  for (size_t i = 0; i < at; ++i) {
    lines += text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'));
  }
  return lines;
}

const char* advice(TextEncoding encoding, bool zero) {
  if (encoding != TextEncoding::utf8) return "; the file is damaged";
  return zero ? "; expected UTF-8, or UTF-16 with a byte order mark"
              : "; save the file as UTF-8, for example with iconv -f CP1252 -t UTF-8";
}

}  // namespace

ByteOrderMark byte_order_mark(std::string_view begin) {
  using namespace std::string_view_literals;
  if (begin.starts_with("\xEF\xBB\xBF"sv)) return {TextEncoding::utf8, 3};
  if (begin.starts_with("\xFF\xFE\0\0"sv)) return {TextEncoding::utf32_le, 4};
  if (begin.starts_with("\0\0\xFE\xFF"sv)) return {TextEncoding::utf32_be, 4};
  if (begin.starts_with("\xFF\xFE"sv)) return {TextEncoding::utf16_le, 2};
  if (begin.starts_with("\xFE\xFF"sv)) return {TextEncoding::utf16_be, 2};
  return {};
}

void Utf8Converter::append(std::string_view bytes, std::string& out) {
  const size_t width = unit_bytes(encoding_);
  if (width == 1) {
    out.append(bytes);
    return;
  }
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, width - pending_.size());
    pending_.append(part);
    bytes.remove_prefix(part.size());
    if (pending_.size() < width) return;
    append_unit(read_unit(pending_, encoding_), out);
    pending_.clear();
  }
}

void Utf8Converter::append_unit(char32_t unit, std::string& out) {
  if (high_ != 0) {
    const char32_t high = high_;
    high_ = 0;
    if (is_low_surrogate(unit)) {
      append_utf8(0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00), out);
      return;
    }
    out += kInvalid;
  }
  const bool surrogate = is_high_surrogate(unit) || is_low_surrogate(unit);
  if (is_high_surrogate(unit) && unit_bytes(encoding_) == 2) {
    high_ = unit;
  } else if (surrogate || unit > 0x10FFFF) {
    out += kInvalid;
  } else {
    append_utf8(unit, out);
  }
}

void Utf8Converter::finish(std::string& out) {
  if (high_ != 0 || !pending_.empty()) out += kInvalid;
  high_ = 0;
  pending_.clear();
}

std::string text_problem(std::string_view line) {
  const size_t at = first_problem(line);
  if (at == line.size()) return {};
  if (line[at] == '\0') return message("byte ", at + 1, " is zero");
  return message("byte ", at + 1, " is ", hexadecimal(line[at]), ", which is not valid UTF-8");
}

std::string decode_text(std::string_view bytes, const std::string& name) {
  const ByteOrderMark mark = byte_order_mark(bytes);
  bytes.remove_prefix(mark.bytes);
  std::string text;
  text.reserve(bytes.size());
  Utf8Converter converter(mark.encoding);
  converter.append(bytes, text);
  converter.finish(text);
  const size_t at = first_problem(text);
  if (at == text.size()) return text;
  const size_t line = lines_before(text, at) + 1;
  const bool zero = text[at] == '\0';
  if (mark.encoding == TextEncoding::utf8) {
    const size_t begin = at == 0 ? 0 : text.find_last_of("\r\n", at - 1) + 1;
    throw Error(ErrorCode::invalid_data, "'", name, "', line ", line, ": ",
                text_problem(std::string_view(text).substr(begin)), advice(mark.encoding, zero));
  }
  throw Error(ErrorCode::invalid_data, "'", name, "', line ", line, ": ",
              (zero ? "a character is zero" : "a character is incomplete or not in Unicode"),
              advice(mark.encoding, zero));
}

std::string checked_text(std::string text) {
  const ByteOrderMark mark = byte_order_mark(text);
  if (mark.encoding == TextEncoding::utf8) text.erase(0, mark.bytes);
  if (const std::string problem = text_problem(text); !problem.empty()) {
    throw Error(ErrorCode::invalid_argument, "the text '", printable(text),
                "' cannot be read: ", problem, "; expected UTF-8");
  }
  return text;
}

std::string checked_query(std::string text) {
  if (is_blank(text)) {
    throw Error(ErrorCode::invalid_argument,
                "a query is an empty text; expected the words to search for");
  }
  return checked_text(std::move(text));
}

}  // namespace sightline
