#include "base/text.h"

#include <gtest/gtest.h>

namespace sightline {
namespace {

using Lines = std::vector<std::string>;

TEST(Text, LowerChangesAsciiOnly) {
  EXPECT_EQ(lower("AZaz09-[@"), "azaz09-[@");
  EXPECT_EQ(lower("\xC3\x84 \xC4\xB0"), "\xC3\x84 \xC4\xB0");
  EXPECT_EQ(lower(""), "");
}

TEST(Text, TrimmedRemovesBothEnds) {
  EXPECT_EQ(trimmed(" \t a b \r\n"), "a b");
  EXPECT_EQ(trimmed(" \n "), "");
  EXPECT_EQ(trimmed(""), "");
  EXPECT_EQ(trimmed(" a\r", " "), "a\r");
}

TEST(Text, BlankIsOnlyWhiteSpace) {
  EXPECT_TRUE(is_blank(""));
  EXPECT_TRUE(is_blank(" \t\r\n\f\v"));
  EXPECT_FALSE(is_blank(" a "));
}

TEST(Text, SplitLinesRemovesLineEnds) {
  EXPECT_EQ(split_lines(""), Lines{});
  EXPECT_EQ(split_lines("a\nb"), (Lines{"a", "b"}));
  EXPECT_EQ(split_lines("a\r\n\r\n b\r\n"), (Lines{"a", "", " b"}));
  EXPECT_EQ(split_lines("\n"), Lines{""});
  EXPECT_EQ(split_lines("a\rb\r\rc\r\n"), (Lines{"a", "b", "", "c"})) << "lines of old Mac files";
}

TEST(Text, QuotedAddsSingleQuotes) {
  EXPECT_EQ(quoted("a b/c"), "'a b/c'");
  EXPECT_EQ(quoted(std::filesystem::path()), "''");
}

TEST(Text, CountedUsesThePlural) {
  EXPECT_EQ(counted(1, "image"), "1 image");
  EXPECT_EQ(counted(0, "image"), "0 images");
  EXPECT_EQ(counted(2, "query", "queries"), "2 queries");
  EXPECT_EQ(counted(1, "query", "queries"), "1 query");
  EXPECT_EQ(counted(-1, "row"), "-1 rows");
}

TEST(Text, PrintableIsOneLineOfAscii) {
  EXPECT_EQ(printable("a\n\x1b[1m\xC3\xA9~"), "a??[1m??~");
  EXPECT_EQ(printable(std::string(200, 'x')), std::string(200, 'x'));
  EXPECT_EQ(printable(std::string(201, 'x')), std::string(200, 'x') + "...");
  EXPECT_EQ(printable("abcdef", 3), "abc...");
}

}  // namespace
}  // namespace sightline
