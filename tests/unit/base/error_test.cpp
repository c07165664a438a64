#include <gtest/gtest.h>
#include <sightline/error.h>

namespace sightline {
namespace {

TEST(ErrorCodes, NamesAreStableAndDistinct) {
  // `--json` prints the names, and scripts depend on them.
  EXPECT_EQ(error_code_name(ErrorCode::invalid_argument), "invalid_argument");
  EXPECT_EQ(error_code_name(ErrorCode::not_found), "not_found");
  EXPECT_EQ(error_code_name(ErrorCode::invalid_data), "invalid_data");
  EXPECT_EQ(error_code_name(ErrorCode::unsupported), "unsupported");
  EXPECT_EQ(error_code_name(ErrorCode::limit_exceeded), "limit_exceeded");
  EXPECT_EQ(error_code_name(ErrorCode::io), "io");
  EXPECT_EQ(error_code_name(ErrorCode::cancelled), "cancelled");
  EXPECT_EQ(error_code_name(ErrorCode::internal), "internal");
}

TEST(ErrorCodes, ErrorHasACodeAndAMessage) {
  try {
    throw Error(ErrorCode::limit_exceeded, "too much");
  } catch (const std::exception& error) {
    EXPECT_STREQ(error.what(), "too much");
    const auto* own = dynamic_cast<const Error*>(&error);
    ASSERT_NE(own, nullptr);
    EXPECT_EQ(own->code(), ErrorCode::limit_exceeded);
  }
}

}  // namespace
}  // namespace sightline
