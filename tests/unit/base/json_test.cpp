#include "base/json.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

namespace sightline {
namespace {

using nlohmann::json;

std::string parse_error(std::string_view text) {
  try {
    parse_json(text, "some.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_data) << error.what();
    EXPECT_LT(std::string(error.what()).size(), 200u);
    EXPECT_NE(std::string(error.what()).find("'some.json'"), std::string::npos) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "accepted";
  return "";
}

TEST(Json, DepthIsLimited) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + "1" + std::string(depth, ']');
  };
  EXPECT_EQ(parse_json(nested(64), "x").dump(), nested(64));
  EXPECT_NE(parse_error(nested(65)).find("nested deeper than 64"), std::string::npos);
  EXPECT_NE(parse_error(std::string(1 << 20, '[')).find("nested deeper"), std::string::npos);
  EXPECT_NE(parse_error("{\"a\\\"\": " + std::string(1 << 20, '[')).find("nested"),
            std::string::npos);
  EXPECT_EQ(parse_json("\"" + std::string(100, '[') + "\"", "x"), json(std::string(100, '[')));
}

TEST(Json, RejectsInvalidInput) {
  EXPECT_NE(parse_error("").find("is empty, expected JSON"), std::string::npos);
  EXPECT_NE(parse_error("{\"a\": ").find("not valid JSON: it ends too early, at byte 6"),
            std::string::npos);
  EXPECT_NE(parse_error("[1] 2").find("byte 5 of 5"), std::string::npos);
  EXPECT_NE(parse_error("[1e999]").find("number"), std::string::npos);
  EXPECT_NE(parse_error("[\"\xff\"]").find("not valid UTF-8"), std::string::npos);
  // The message does not quote the file.
  parse_error("[\"" + std::string(1 << 20, 'a') + "\n\"]");
}

// null in metadata, where they mean a missing value; texts in configs, so that a number is missed.
TEST(Json, NaNAndInfinityOfPythonAreNullOrText) {
  const char* text = R"({"a":NaN,"b":[Infinity,-Infinity,-1],"NaN":"NaN \" -Infinity"})";
  EXPECT_EQ(try_parse_json(text).value,
            json::parse(R"({"a":null,"b":[null,null,-1],"NaN":"NaN \" -Infinity"})"));
  EXPECT_EQ(parse_json(text, "x"),
            json::parse(R"({"a":"NaN","b":["Infinity","-Infinity",-1],"NaN":"NaN \" -Infinity"})"));
  EXPECT_EQ(try_parse_json("NaN").value, json());
  for (const char* wrong : {"[Na]", "[NaNs]", "[1NaN]", "[-NaN]", "[nan]", "[Infinit]", "[-Inf]",
                            "[+Infinity]", "[N", "[-", "[-I", "NaN NaN"}) {
    EXPECT_NE(parse_error(wrong).find("not valid JSON"), std::string::npos) << wrong;
  }
  EXPECT_NE(parse_error("[NaN, Infinity, }").find("byte 17 of 17"), std::string::npos);
  EXPECT_NE(parse_error("[NaN, \"\xff\"]").find("not valid UTF-8"), std::string::npos);
}

TEST(Json, ShownIsShortAscii) {
  EXPECT_EQ(shown(json::parse(R"({"a":[1,"x",null],"b":{}})")), R"({"a":[1,"x",null],"b":{}})");
  EXPECT_EQ(shown("\xc3\xa9\xff"), "\"\\u00e9\\ufffd\"");
  EXPECT_EQ(shown(json::array()), "[]");
  for (const json& value : {json(std::string(1 << 20, 'x')), json(std::vector<int>(100000, 7)),
                            json{{std::string(1000, 'k'), 1}}}) {
    const std::string text = shown(value);
    EXPECT_EQ(text.size(), 80u);
    EXPECT_TRUE(text.ends_with("...")) << text;
  }
}

TEST(Json, TextReplacesInvalidUtf8) {
  const Json value = {{"b", "a\xff"}, {"a", 1}};
  EXPECT_EQ(json_text(value), "{\"b\":\"a\xEF\xBF\xBD\",\"a\":1}");
  EXPECT_EQ(json_text(json::array({1}), 1), "[\n 1\n]");
}

TEST(Json, ShownSupportsAnyDepth) {
  json deep = 1;
  for (int i = 0; i < 300000; ++i) {
    json outer = json::array();
    outer.push_back(std::move(deep));
    deep = std::move(outer);
  }
  EXPECT_EQ(shown(deep), std::string(77, '[') + "...");
}

}  // namespace
}  // namespace sightline
