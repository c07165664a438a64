// Rows to bytes, in every instruction set of this machine.
#include "backend/cpu/kernels/product_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "reference.h"
#include "rounded.h"

namespace sightline::test {
namespace {

// Each element is restored within half a step (and the rounding of the zero point), 0 exactly.
TEST(Quantize, ComesBackWithinAStep) {
  for (const Int8Kernels* kernels : runnable_int8_kernels()) {
    for (const int64_t width : {1, 3, 4, 15, 16, 17, 66, 768}) {
      for (const float shift : {0.f, 3.f, -3.f}) {
        Tensor x = random_tensor({3, width}, 5);
        for (int64_t i = 0; i < x.count(); ++i) x.data<float>()[i] += shift;
        std::fill_n(x.data<float>() + width, width, 0.f);  // a row of zeros
        const Rounded rounded(x);
        const int64_t stride = (width + 3) / 4 * 4;
        for (const bool bf16 : {false, true}) {
          std::vector<uint8_t> bytes(static_cast<size_t>(3 * stride), 77);
          std::vector<float> scale(3);
          std::vector<int32_t> zero(3);
          if (bf16) {
            kernels->bf16.rows(rounded.bits.data<uint16_t>(), 3, width, bytes.data(), stride,
                               scale.data(), zero.data());
          } else {
            kernels->f32.rows(x.data<float>(), 3, width, bytes.data(), stride, scale.data(),
                              zero.data());
          }
          const Tensor& wanted = bf16 ? rounded.values : x;
          for (int64_t r = 0; r < 3; ++r) {
            const auto row = static_cast<size_t>(r);
            ASSERT_GE(zero[row], 0);
            ASSERT_LE(zero[row], 255);
            for (int64_t c = 0; c < stride; ++c) {
              const uint8_t byte = bytes[static_cast<size_t>(r * stride + c)];
              if (c >= width) {
                EXPECT_EQ(byte, 0) << kernels->name;
                continue;
              }
              const float value = wanted.data<float>()[r * width + c];
              EXPECT_NEAR(scale[row] * static_cast<float>(byte - zero[row]), value,
                          scale[row] * 1.001f * (value == 0.f ? 0.f : 1.f))
                  << kernels->name << " width " << width << " shift " << shift << " bf16 " << bf16
                  << " at " << r << ' ' << c;
            }
          }
        }
      }
    }
  }
}

// NaN must not look like a number: its row has no range.
TEST(Quantize, NanStays) {
  for (const Int8Kernels* kernels : runnable_int8_kernels()) {
    for (const int64_t width : {64, 67, 200}) {
      for (const int64_t at : {int64_t{0}, int64_t{17}, int64_t{63}, width - 2, width - 1}) {
        for (const uint16_t nan : {0x7fc0, 0xffc0, 0x7f81, 0xff81}) {
          Rounded rounded(random_tensor({1, width}, 7));
          rounded.bits.data<uint16_t>()[at] = nan;
          rounded.values.data<float>()[at] = bfloat16_to_float(nan);
          std::vector<uint8_t> bytes(static_cast<size_t>(width));
          float scale = 0, scale_of_bf16 = 0;
          int32_t zero = 0;
          kernels->f32.rows(rounded.values.data<float>(), 1, width, bytes.data(), width, &scale,
                            &zero);
          kernels->bf16.rows(rounded.bits.data<uint16_t>(), 1, width, bytes.data(), width,
                             &scale_of_bf16, &zero);
          EXPECT_TRUE(std::isnan(scale)) << kernels->name << " number " << at << " of " << width;
          EXPECT_TRUE(std::isnan(scale_of_bf16))
              << kernels->name << " number " << at << " of " << width << ", bf16";
        }
      }
    }
  }
}

// Bytes of bf16 are those of the same numbers as f32, in every table and for every kind of range.
TEST(Quantize, BothTypesGiveTheSameBytes) {
  for (const Int8Kernels* kernels : runnable_int8_kernels()) {
    for (const int64_t width : {1, 15, 64, 65, 127, 128, 200, 1000}) {
      for (const float shift : {0.f, 5.f, -5.f, -0.9f}) {
        Tensor x = random_tensor({2, width}, 7);
        for (int64_t i = 0; i < x.count(); ++i) {
          x.data<float>()[i] += shift;
          if (shift == -0.9f) x.data<float>()[i] = std::max(0.f, x.data<float>()[i]);
        }
        const Rounded rounded(x);
        const int64_t stride = (width + 3) / 4 * 4;
        std::vector<uint8_t> from_bf16(static_cast<size_t>(2 * stride), 1), from_f32(from_bf16);
        float scales[2][2];
        int32_t zeros[2][2];
        kernels->bf16.rows(rounded.bits.data<uint16_t>(), 2, width, from_bf16.data(), stride,
                           scales[0], zeros[0]);
        kernels->f32.rows(rounded.values.data<float>(), 2, width, from_f32.data(), stride,
                          scales[1], zeros[1]);
        EXPECT_EQ(from_bf16, from_f32) << kernels->name << ' ' << width << ' ' << shift;
        for (int row = 0; row < 2; ++row) {
          EXPECT_EQ(scales[0][row], scales[1][row]) << kernels->name << ' ' << width;
          EXPECT_EQ(zeros[0][row], zeros[1][row]) << kernels->name << ' ' << width;
        }
      }
    }
  }
}

// The range of a row, and its bytes in pieces, are those that rows() finds.
TEST(Quantize, RowsAreTheRangeAndTheBytesOfPieces) {
  for (const Int8Kernels* kernels : runnable_int8_kernels()) {
    for (const int64_t width : {3, 16, 47, 64, 129, 1000}) {
      Tensor x = random_tensor({width}, 7);
      const Rounded rounded(x);
      const auto* const bits = rounded.bits.data<uint16_t>();
      std::vector<uint8_t> expected(static_cast<size_t>(width)), bytes(expected);
      float scale = 0;
      int32_t zero = 0;
      kernels->bf16.rows(bits, 1, width, expected.data(), width, &scale, &zero);
      const NumberRange range = kernels->bf16.range(bits, width);
      float low = 0, high = 0;
      for (int64_t i = 0; i < width; ++i) {
        low = std::min(low, rounded.values.data<float>()[i]);
        high = std::max(high, rounded.values.data<float>()[i]);
      }
      EXPECT_EQ(range.low, low) << kernels->name << ' ' << width;
      EXPECT_EQ(range.high, high) << kernels->name << ' ' << width;
      const Quantization quantization = quantization_of(range);
      EXPECT_EQ(quantization.scale, scale);
      EXPECT_EQ(quantization.zero, zero);
      for (int64_t begin = 0, size = 1; begin < width; begin += size, size += 13)
        kernels->bf16.bytes(bits + begin, std::min(size, width - begin), quantization,
                            bytes.data() + begin);
      EXPECT_EQ(bytes, expected) << kernels->name << ' ' << width;
    }
  }
}

TEST(Quantize, RangesIncludeNanForGood) {
  const float nan = std::nanf("");
  for (const NumberRange& with : {NumberRange{nan, 1}, {-1, nan}, {nan, nan}}) {
    NumberRange range{-2, 3};
    range.include(with);
    range.include({-5, 7});
    const Quantization quantization = quantization_of(range);
    EXPECT_TRUE(std::isnan(quantization.scale));
    EXPECT_EQ(quantization.zero, 0);
  }
}

}  // namespace
}  // namespace sightline::test
