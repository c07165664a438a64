#include "server/http/multipart.h"

#include <gtest/gtest.h>

#include "expect_error.h"
#include "server/http/header_value.h"

namespace sightline::server {
namespace {

const std::string kType = "multipart/form-data; boundary=X";

std::string part(const std::string& head, const std::string& data) {
  return "--X\r\n" + head + "\r\n\r\n" + data + "\r\n";
}

std::string field(const std::string& name, const std::string& data) {
  return part("Content-Disposition: form-data; name=\"" + name + "\"", data);
}

void expect_malformed(const std::string& body, const std::string& reason) {
  sightline::test::expect_error(ErrorCode::invalid_argument, reason,
                                [&] { parse_multipart(kType, body, 10); });
}

TEST(Multipart, HasPartsWithNamesAndTypes) {
  const std::string binary("\0\r\n--\r\n--Y\r\n\xff", 14);
  const std::string body =
      field("q", "a beach") +
      part(
          "content-disposition: Form-Data; filename=\"a b.png\"; name=image\r\n"
          "Content-Type: image/png\r\nX-Other: ignored",
          binary) +
      field("empty", "") + "--X--\r\n";
  const auto parts = parse_multipart("Multipart/Form-Data; charset=utf-8; Boundary=\"X\"", body, 3);
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[0].name, "q");
  EXPECT_EQ(parts[0].data, "a beach");
  EXPECT_EQ(parts[0].filename, "");
  EXPECT_EQ(parts[1].name, "image");
  EXPECT_EQ(parts[1].filename, "a b.png");
  EXPECT_EQ(parts[1].type, "image/png");
  EXPECT_EQ(parts[1].data, binary);
  EXPECT_EQ(parts[2].data, "");
}

TEST(Multipart, MayHaveNoPartsAndNoFinalLineEnd) {
  EXPECT_TRUE(parse_multipart(kType, "--X--\r\n", 0).empty());
  EXPECT_EQ(parse_multipart(kType, field("a", "b") + "--X--", 1).size(), 1u);
}

TEST(Multipart, NamesAreUnquotedUtf8) {
  const auto parts = parse_multipart(kType,
                                     part("Content-Disposition: form-data; name=\"caf\u00E9; "
                                          "\\\"x\\\"\"; filename=\"C:\\dir\\a.png\"",
                                          "") +
                                         "--X--\r\n",
                                     1);
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].name, "caf\u00E9; \"x\"");
  EXPECT_EQ(parts[0].filename, "C:\\dir\\a.png");
}

TEST(Multipart, LimitsTheNumberOfParts) {
  std::string body;
  for (int i = 0; i < 100'000; ++i) body += field("a", "");
  expect_malformed(body + "--X--\r\n", "more than 10 parts");
}

TEST(Multipart, NeedsABoundary) {
  for (const char* type :
       {"", "multipart/form-data",
        "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"",
        "multipart/mixed; boundary=X", "application/json", "multipart/form-data; boundary=a<b",
        "multipart/form-data; boundary=X; boundary=Y", "multipart/form-data; boundary=\"X"}) {
    sightline::test::expect_error(ErrorCode::invalid_argument, "Content-Type",
                                  [&] { parse_multipart(type, "--X--\r\n", 1); });
  }
  sightline::test::expect_error(ErrorCode::invalid_argument, "boundary", [&] {
    parse_multipart("multipart/form-data; boundary=" + std::string(71, 'X'), "", 1);
  });
}

TEST(Multipart, MalformedBodiesAreRefused) {
  expect_malformed("", "does not begin");
  expect_malformed("preamble\r\n" + field("a", "b") + "--X--\r\n", "does not begin");
  expect_malformed("--X", "followed by other");
  expect_malformed("--X\n", "followed by other");
  expect_malformed("--XY\r\n", "followed by other");
  expect_malformed(field("a", "b"), "last boundary is missing");
  expect_malformed(field("a", "b") + "--X", "followed by other");
  expect_malformed(field("a", "b") + "--X--\r\nepilogue", "after the last");
  expect_malformed(field("a", "b\r\n--Xtra"), "followed by other");
  expect_malformed("--X\r\nContent-Disposition: form-data; name=a", "do not end");
  expect_malformed(part("X: " + std::string(9000, 'x'), "") + "--X--\r\n", "larger than 8192");
}

TEST(Multipart, MalformedPartsAreRefused) {
  expect_malformed(part("Content-Type: text/plain", "") + "--X--\r\n", "no Content-Disposition");
  expect_malformed(part("Content-Disposition: form-data", "") + "--X--\r\n",
                   "not form-data with a name");
  expect_malformed(part("Content-Disposition: attachment; name=a", "") + "--X--\r\n",
                   "not form-data");
  expect_malformed(part("Content-Disposition: form-data; name=\"a", "") + "--X--\r\n",
                   "not form-data");
  expect_malformed(part("Content-Disposition: form-data; name=a; name=b", "") + "--X--\r\n",
                   "not form-data");
  expect_malformed(part("Content-Disposition: form-data; name=\"\xff\"", "") + "--X--\r\n",
                   "UTF-8");
  expect_malformed(part("Content-Disposition: form-data; name=\"a\x01\"", "") + "--X--\r\n",
                   "control");
  expect_malformed(
      part(std::string("Content-Disposition: form-data; name=\"a\0\"", 41), "") + "--X--\r\n",
      "control");
  expect_malformed(part("no header", "") + "--X--\r\n", "not a header");
  expect_malformed(
      part("Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b", "") +
          "--X--\r\n",
      "several");
  expect_malformed(
      part("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64", "eA==") +
          "--X--\r\n",
      "Content-Transfer-Encoding");
}

TEST(HeaderValue, HasParameters) {
  const auto value = parse_header_value(" Text/Plain ; A = 1;b=\"x;\\\"y\\\\\" ; ");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->value, "text/plain");
  EXPECT_EQ(value->parameter("a"), "1");
  EXPECT_EQ(value->parameter("b"), "x;\"y\\");
  EXPECT_EQ(value->parameter("c"), std::nullopt);
}

TEST(HeaderValue, IsRefusedIfMalformed) {
  for (const char* text :
       {"", ";a=b", "x;a", "x;=b", "x;a=", "x;a=\"b", "x;a=\"b\"c", "x;a=b\"c\"", "x;\"a\"=b"}) {
    EXPECT_FALSE(parse_header_value(text)) << text;
  }
}

}  // namespace
}  // namespace sightline::server
