#include "base/base64.h"

#include <gtest/gtest.h>

#include "expect_error.h"

namespace sightline {
namespace {

using test::expect_error;

std::string decoded(std::string_view text) {
  const auto bytes = decode_base64(text, "the text");
  return {bytes.begin(), bytes.end()};
}

// The examples of RFC 4648, section 10.
TEST(Base64, EncodesAndDecodes) {
  const std::pair<const char*, const char*> examples[] = {{"", ""},
                                                          {"f", "Zg=="},
                                                          {"fo", "Zm8="},
                                                          {"foo", "Zm9v"},
                                                          {"foob", "Zm9vYg=="},
                                                          {"fooba", "Zm9vYmE="},
                                                          {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : examples) {
    EXPECT_EQ(base64(plain), coded);
    EXPECT_EQ(decoded(coded), plain);
  }
}

TEST(Base64, DecodesAllBytes) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(decoded(base64(all)), all);
}

TEST(Base64, RefusesOtherTexts) {
  for (const char* text :
       {"Z", "Zg=", "Zg", "Zm9v\n", "Zm9 ", "=Zm9", "Zg=g", "====", "Zm-_", "Zm\x80v"})
    expect_error(ErrorCode::invalid_argument, "the text is not base64",
                 [&] { decode_base64(text, "the text"); });
}

}  // namespace
}  // namespace sightline
