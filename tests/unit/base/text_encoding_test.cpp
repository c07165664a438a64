#include "base/text_encoding.h"

#include <gtest/gtest.h>

#include "base/utf8.h"
#include "expect_error.h"

namespace sightline {
namespace {

using test::expect_error;

// Encodes code units of `width` bytes, least significant byte first if `little`.
std::string units(std::u32string_view text, size_t width, bool little) {
  std::string bytes;
  for (const char32_t unit : text) {
    for (size_t i = 0; i < width; ++i) {
      const size_t shift = 8 * (little ? i : width - 1 - i);
      bytes += static_cast<char>((unit >> shift) & 0xFF);
    }
  }
  return bytes;
}

TEST(TextEncoding, AByteOrderMarkIsNotText) {
  EXPECT_EQ(decode_text("\xEF\xBB\xBF"
                        "a red heart",
                        "x"),
            "a red heart");
  EXPECT_EQ(decode_text("\xEF\xBB\xBF", "x"), "");
  EXPECT_EQ(decode_text("", "x"), "");
  EXPECT_EQ(decode_text("a\xEF\xBB\xBF", "x"), "a\xEF\xBB\xBF") << "only at the begin";
}

TEST(TextEncoding, Utf16AndUtf32WithAByteOrderMarkAreDecoded) {
  const std::string expected = "a\xC3\xA9\xF0\x9F\x98\x80\n";  // "aé😀\n"
  const std::u32string utf16 = U"\uFEFFa\u00E9\xD83D\xDE00\n", utf32 = U"\uFEFFa\u00E9\U0001F600\n";
  for (const bool little : {true, false}) {
    EXPECT_EQ(decode_text(units(utf16, 2, little), "x"), expected) << little;
    EXPECT_EQ(decode_text(units(utf32, 4, little), "x"), expected) << little;
  }
}

TEST(TextEncoding, PiecesMayEndInsideACharacter) {
  const std::string bytes = units(U"a\xD83D\xDE00z", 2, true);
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    Utf8Converter converter(TextEncoding::utf16_le);
    std::string text;
    converter.append(std::string_view(bytes).substr(0, cut), text);
    converter.append(std::string_view(bytes).substr(cut), text);
    converter.finish(text);
    EXPECT_EQ(text, "a\xF0\x9F\x98\x80z") << cut;
  }
}

TEST(TextEncoding, InvalidTextIsReportedWithItsLineAndByte) {
  const auto rejects = [](const std::string& bytes, const std::string& part) {
    expect_error(ErrorCode::invalid_data, part, [&] { decode_text(bytes, "q.txt"); });
  };
  rejects("one\ncaf\xE9 two\n", "'q.txt', line 2: byte 4 is 0xE9, which is not valid UTF-8; save");
  rejects("\xEF\xBB\xBF\xC3", "line 1: byte 1 is 0xC3");
  rejects("a\r\nb\rc\nd\xFF", "line 4: byte 2 is 0xFF");
  rejects(std::string("a\0b", 3), "line 1: byte 2 is zero; expected UTF-8, or UTF-16 with a byte");
  for (const char* surrogate : {"\xED\xA0\x80", "\xC0\x80", "\xF4\x90\x80\x80"})
    rejects(surrogate, "not valid UTF-8");
  rejects(units(U"\uFEFFa\n", 2, true) + "b", "line 2: a character is incomplete");
  rejects(units(U"\uFEFFa\xD83Dz", 2, false), "line 1: a character is incomplete or not in");
  rejects(units(U"\uFEFF\xDE00", 2, false), "line 1: a character is incomplete");
  rejects(units(U"\uFEFF\xD83D", 2, true), "line 1: a character is incomplete");
  rejects(units(std::u32string(U"\uFEFF") + char32_t(0x110000), 4, false), "not in Unicode");
  rejects(units(U"\uFEFF\xD800", 4, true), "not in Unicode");
}

TEST(TextEncoding, AdviceForTextWithoutByteOrderMark) {
  expect_error(ErrorCode::invalid_data, "or UTF-16 with a byte order mark",
               [] { decode_text(units(U"red heart", 2, true), "x"); });
}

TEST(TextEncoding, TextsOfUsersAreChecked) {
  EXPECT_EQ(checked_text("\xEF\xBB\xBF"
                         "a caf\xC3\xA9"),
            "a caf\xC3\xA9");
  EXPECT_EQ(checked_text(""), "");
  expect_error(ErrorCode::invalid_argument,
               "the text 'a caf?' cannot be read: byte 6 is 0xE9, which is not valid UTF-8",
               [] { checked_text("a caf\xE9"); });
  expect_error(ErrorCode::invalid_argument, "byte 1 is 0xFF", [] { checked_text("\xFF\xFEz"); });
}

TEST(Utf8, ValidSizeEndsBeforeTheFirstIllFormedSequence) {
  EXPECT_EQ(valid_utf8_size("a\xC3\xA9"), 3u);
  EXPECT_EQ(valid_utf8_size("a\xC3"), 1u);
  EXPECT_EQ(valid_utf8_size("\xE2\x82z"), 0u);
}

}  // namespace
}  // namespace sightline
