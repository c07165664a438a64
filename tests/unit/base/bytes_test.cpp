#include "base/bytes.h"

#include <gtest/gtest.h>

#include <array>

namespace sightline {
namespace {

TEST(Bytes, ViewsTheObjects) {
  const std::array<uint32_t, 2> values = {1, 0x01020304};
  const auto bytes = bytes_of(values.data(), values.size());
  ASSERT_EQ(bytes.size(), 8u);
  EXPECT_EQ(static_cast<const void*>(bytes.data()), static_cast<const void*>(values.data()));
  EXPECT_EQ(bytes[4] + bytes[7], 5);  // little endian or big endian
  const auto same = bytes_of(std::span<const uint32_t>(values));
  EXPECT_EQ(same.data(), bytes.data());
  EXPECT_EQ(same.size(), 8u);
}

TEST(Bytes, ViewsAText) {
  const auto bytes = bytes_of(std::string_view("a\xff"));
  ASSERT_EQ(bytes.size(), 2u);
  EXPECT_EQ(bytes[0], 'a');
  EXPECT_EQ(bytes[1], 0xff);
  EXPECT_TRUE(bytes_of(std::string_view()).empty());
}

}  // namespace
}  // namespace sightline
