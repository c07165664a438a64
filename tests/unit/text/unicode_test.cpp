#include "text/unicode/unicode.h"
#include "text/unicode/nfc.h"

#include <gtest/gtest.h>

namespace sightline::unicode {
namespace {

TEST(Utf8, ReplacesEachMaximalIllFormedSubpart) {
  EXPECT_EQ(decode_utf8("a\xC3\xA9\xF0\x9F\x98\x80z"), U"aé😀z");
  EXPECT_EQ(decode_utf8("\xC0\x80"), U"\uFFFD\uFFFD");            // overlong
  EXPECT_EQ(decode_utf8("\xED\xA0\x80"), U"\uFFFD\uFFFD\uFFFD");  // surrogate
  EXPECT_EQ(decode_utf8("\xF0\x9F\x98"), U"\uFFFD");              // truncated
  EXPECT_EQ(decode_utf8("\xF0\x9F\x98x\xFF"), U"\uFFFDx\uFFFD");
  EXPECT_EQ(decode_utf8("\xF4\x90\x80\x80"), U"\uFFFD\uFFFD\uFFFD\uFFFD");  // above U+10FFFF
}

TEST(Utf8, EveryCodePointRoundTrips) {
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string bytes;
    append_utf8(c, bytes);
    ASSERT_TRUE(is_valid_utf8(bytes));
    ASSERT_EQ(decode_utf8(bytes), std::u32string(1, c));
  }
}

TEST(Properties, OfKnownCharacters) {
  EXPECT_TRUE(is_letter(U'é') && is_letter(U'語') && is_letter(U'ª') && !is_letter(U'1') &&
              !is_letter(0x301));
  EXPECT_TRUE(is_number(U'½') && is_number(U'Ⅷ') && is_number(U'٣') && !is_number(U'一'));
  EXPECT_TRUE(is_space(0x3000) && is_space(0x85) && !is_space(0x200B) && !is_space(0x1C));
  EXPECT_TRUE(is_python_space(0x1C));
}

TEST(Lower, OnlyPythonHasTheFinalSigmaRule) {
  EXPECT_EQ(to_lower(U"ΣΊΣΥΦΟΣ ΑΣ.", Flavor::python), U"σίσυφος ας.");
  EXPECT_EQ(to_lower(U"ΣΊΣΥΦΟΣ ΑΣ.", Flavor::tokenizers), U"σίσυφοσ ασ.");
  EXPECT_EQ(to_lower(U"Σ", Flavor::python), U"σ");
  EXPECT_EQ(to_lower(U"aΣ\u0301b", Flavor::python), U"aσ\u0301b");
}

TEST(Lower, SpecialMappings) {
  EXPECT_EQ(to_lower(U"İIıẞ", Flavor::python), U"i\u0307iıß");
  EXPECT_EQ(to_lower(U"\u212A\u2126Ǆǅ", Flavor::python), U"kωǆǆ");
  EXPECT_EQ(to_lower(U"\uA7CE", Flavor::tokenizers), U"\uA7CF");  // Unicode 17
  EXPECT_EQ(to_lower(U"\uA7CE", Flavor::python), U"\uA7CE");
}

TEST(Nfc, ComposesOrdersAndRespectsExclusions) {
  EXPECT_EQ(to_nfc(U"e\u0301", Flavor::python), U"é");
  EXPECT_EQ(to_nfc(U"a\u0301\u0323", Flavor::python), U"ạ\u0301");  // marks reordered
  EXPECT_EQ(to_nfc(U"a\u0301\u0301", Flavor::python), U"á\u0301");  // blocked
  EXPECT_EQ(to_nfc(U"a\u0315\u0300", Flavor::python), U"à\u0315");
  EXPECT_EQ(to_nfc(U"\u1112\u1161\u11AB", Flavor::python), U"한");
  EXPECT_EQ(to_nfc(U"\uD558\u11A7", Flavor::python),
            U"\uD558\u11A7");  // U+11A7 is not a trailing consonant
  EXPECT_EQ(to_nfc(U"\u0958", Flavor::python), U"\u0915\u093C");  // composition exclusion
  EXPECT_EQ(to_nfc(U"\u212B", Flavor::python), U"Å");
}

TEST(Nfc, TokenizersLacksNewerMarks) {
  EXPECT_EQ(to_nfc(U"a\u0345\u08CA\u0334", Flavor::python), U"a\u0334\u08CA\u0345");
  EXPECT_EQ(to_nfc(U"a\u0345\u08CA\u0334", Flavor::tokenizers), U"a\u0345\u08CA\u0334");
}

}  // namespace
}  // namespace sightline::unicode
