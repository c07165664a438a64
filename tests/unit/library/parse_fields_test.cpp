// Columns of data sets are read alike by the parser of plain texts and by the full one.
#include <gtest/gtest.h>

#include "library/catalogue/catalogue.h"

namespace sightline::library {
namespace {

using Fields = std::map<std::string, std::string>;

TEST(ParseFieldsTest, ReadsStrings) {
  EXPECT_EQ(parse_fields(R"({"a":"1","b c":"","":"x"})"),
            (Fields{{"", "x"}, {"a", "1"}, {"b c", ""}}));
  EXPECT_EQ(parse_fields(R"({"a":"été"})"), (Fields{{"a", "été"}}));
  EXPECT_EQ(parse_fields(R"({"a":"1","a":"2"})"), (Fields{{"a", "2"}}));
}

TEST(ParseFieldsTest, ReadsEscapesAndOtherValues) {
  EXPECT_EQ(parse_fields(R"({"a":"say \"no\"\n","b\\":"é"})"),
            (Fields{{"a", "say \"no\"\n"}, {"b\\", "é"}}));
  EXPECT_EQ(parse_fields(R"({ "a" : "1" , "b":2, "c":["x"], "d":{"e":"f"}})"),
            (Fields{{"a", "1"}}));
  EXPECT_EQ(parse_fields("{}"), Fields());
}

TEST(ParseFieldsTest, IgnoresWhatIsDamaged) {
  for (const char* json :
       {"", "{", "{\"a\"", "{\"a\":", "{\"a\":\"1\"", "{\"a\":\"1\",", "{\"a\":\"1\",}",
        "{\"a\":\"1\"}}", "{\"a\":\"1\"} x", "[\"a\"]", "{\"a\":\"1\n\"}", "{\"a\" \"1\"}"}) {
    EXPECT_EQ(parse_fields(json), Fields()) << json;
  }
}

}  // namespace
}  // namespace sightline::library
