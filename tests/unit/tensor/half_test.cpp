// Conversions of half precision and bfloat16 for all bit patterns, compared with the definitions of
// the formats.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "tensor/tensor.h"

namespace sightline {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits.
double half_value(uint16_t bits) {
  const double sign = bits & 0x8000 ? -1 : 1;
  const int exponent = bits >> 10 & 31;
  const int fraction = bits & 1023;
  if (exponent == 31) return fraction == 0 ? sign * kInfinity : std::nan("");
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

bool is_nan(uint16_t bits) {
  return (bits & 0x7fff) > 0x7c00;
}

TEST(Half, EveryPatternConvertsToItsValueAndBack) {
  for (uint32_t pattern = 0; pattern <= 0xffff; ++pattern) {
    const auto bits = static_cast<uint16_t>(pattern);
    const float value = half_to_float(bits);
    if (is_nan(bits)) {
      ASSERT_TRUE(std::isnan(value)) << pattern;
      ASSERT_TRUE(is_nan(float_to_half(value))) << pattern;
      continue;
    }
    ASSERT_EQ(value, half_value(bits)) << pattern;
    ASSERT_EQ(std::signbit(value), pattern >> 15 == 1) << pattern;
    ASSERT_EQ(float_to_half(value), bits) << pattern;
  }
}

// Values between two neighbouring halves round down below the midpoint, up above it, and to the
// even pattern at the midpoint. Above the largest half, infinity counts as 65536, one more step.
TEST(Half, RoundsToNearestEven) {
  for (uint16_t low = 0; low < 0x7c00; ++low) {
    const auto high = static_cast<uint16_t>(low + 1);
    const double above = high == 0x7c00 ? 65536.0 : half_value(high);
    const auto middle = static_cast<float>((half_value(low) + above) / 2);  // exact in f32
    ASSERT_EQ(float_to_half(middle), low % 2 == 0 ? low : high) << low;
    ASSERT_EQ(float_to_half(std::nextafter(middle, 0.f)), low) << low;
    ASSERT_EQ(float_to_half(std::nextafter(middle, 1e9f)), high) << low;
    ASSERT_EQ(float_to_half(-middle), (low % 2 == 0 ? low : high) | 0x8000) << low;
  }
}

TEST(Half, Extremes) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(float_to_half(infinity), 0x7c00);
  EXPECT_EQ(float_to_half(-infinity), 0xfc00);
  EXPECT_EQ(float_to_half(std::numeric_limits<float>::max()), 0x7c00);
  EXPECT_EQ(float_to_half(65504.f), 0x7bff);
  EXPECT_EQ(float_to_half(65519.996f), 0x7bff);
  EXPECT_EQ(float_to_half(65520.f), 0x7c00);
  EXPECT_EQ(float_to_half(std::numeric_limits<float>::denorm_min()), 0);
  EXPECT_EQ(float_to_half(-std::numeric_limits<float>::denorm_min()), 0x8000);
  EXPECT_EQ(float_to_half(0x1p-25f), 0);  // half of the smallest subnormal: rounds to even
  EXPECT_EQ(float_to_half(std::nextafter(0x1p-25f, 1.f)), 1);
  EXPECT_TRUE(is_nan(float_to_half(std::numeric_limits<float>::quiet_NaN())));
  // A NaN remains a NaN even if only discarded fraction bits are set.
  EXPECT_TRUE(is_nan(float_to_half(std::bit_cast<float>(0x7f800001u))));
}

TEST(Bfloat16, EveryPatternIsTheUpperHalfOfAFloat) {
  for (uint32_t pattern = 0; pattern <= 0xffff; ++pattern) {
    const float value = bfloat16_to_float(static_cast<uint16_t>(pattern));
    const bool nan = (pattern & 0x7f80) == 0x7f80 && (pattern & 0x7f) != 0;
    ASSERT_EQ(std::isnan(value), nan) << pattern;
    if (!nan) {
      const int exponent = pattern >> 7 & 255;
      const int fraction = pattern & 127;
      double expected =
          exponent == 0 ? std::ldexp(fraction, -133) : std::ldexp(128 + fraction, exponent - 134);
      if (exponent == 255) expected = kInfinity;
      ASSERT_EQ(value, pattern >> 15 ? -expected : expected) << pattern;
    }
  }
}

TEST(ToF32, ConvertsEveryTypeEvenUnaligned) {
  // 1, -2 and 0.5 as half and as bfloat16, at odd addresses as in a mapped file.
  const uint8_t half[] = {0, 0x00, 0x3c, 0x00, 0xc0, 0x00, 0x38};
  const uint8_t bfloat16[] = {0, 0x80, 0x3f, 0x00, 0xc0, 0x00, 0x3f};
  for (const auto& [type, bytes] :
       {std::pair{DType::f16, half + 1}, std::pair{DType::bf16, bfloat16 + 1}}) {
    const Tensor converted = to_f32(Tensor::borrow({3}, type, bytes));
    EXPECT_EQ(converted.dtype(), DType::f32);
    EXPECT_EQ(converted.data<float>()[0], 1.f);
    EXPECT_EQ(converted.data<float>()[1], -2.f);
    EXPECT_EQ(converted.data<float>()[2], 0.5f);
  }
}

}  // namespace
}  // namespace sightline
