// Text files as people have them: UTF-8, or UTF-16 and UTF-32 with a byte order mark.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sightline {

enum class TextEncoding { utf8, utf16_le, utf16_be, utf32_le, utf32_be };

struct ByteOrderMark {
  TextEncoding encoding = TextEncoding::utf8;
  size_t bytes = 0;  // 0: there is none, and the text is UTF-8
};

// Detects the byte order mark at the beginning of a text. `begin` is the whole text, or at least
// its first four bytes.
ByteOrderMark byte_order_mark(std::string_view begin);

// Converts a text to UTF-8 piece by piece. What is no character in the encoding, such as an
// unpaired surrogate, becomes bytes that are not valid UTF-8, so that text_problem() reports it.
class Utf8Converter {
 public:
  explicit Utf8Converter(TextEncoding encoding) : encoding_(encoding) {}
  // Appends the converted text to `out`. A piece may end inside a character.
  void append(std::string_view bytes, std::string& out);
  // Call it after the last piece: reports an incomplete character.
  void finish(std::string& out);

 private:
  void append_unit(char32_t unit, std::string& out);

  TextEncoding encoding_;
  std::string pending_;  // the bytes of an incomplete unit
  char32_t high_ = 0;    // a high surrogate that waits for the low one
};

// Returns why a line of UTF-8 is not text: "byte 4 is 0xE9, which is not valid UTF-8" or "byte 4 is
// zero", counted from 1. Returns "" if it is text.
std::string text_problem(std::string_view line);

// Decodes the bytes of a text file: returns UTF-8 without byte order mark. `name` is the file's
// name in messages. Throws invalid_data, naming the line and the byte, if it is not text.
std::string decode_text(std::string_view bytes, const std::string& name);

// Returns a text that a user gave, such as an argument, without byte order mark. Throws
// invalid_argument if it is not text.
std::string checked_text(std::string text);

// The same for the text of a query, which must not be blank: its hits would be arbitrary.
std::string checked_query(std::string text);

}  // namespace sightline
