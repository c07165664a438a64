// Products for aarch64 with products of matrices of bytes and of bfloat16 (I8MM, BF16); see
// cpu_kernels_avx512.cpp for the pragma.
#include "backend/cpu/kernels/product_kernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>

#pragma GCC push_options
#pragma GCC target("arch=armv8.2-a+dotprod+i8mm+bf16")

namespace sightline::i8mm {
namespace {

#include "backend/cpu/kernels/vectors_generic.inc"

#include "backend/cpu/kernels/vector_math.inc"

#include "backend/cpu/kernels/attention_kernel.inc"
#include "backend/cpu/kernels/depthwise_kernel.inc"
#include "backend/cpu/kernels/pool_kernel.inc"
#include "backend/cpu/kernels/product_kernel.inc"
#include "backend/cpu/kernels/quantize_kernel.inc"
#include "backend/cpu/kernels/square_sums.inc"
#include "backend/cpu/kernels/table_of_bf16.inc"

// The sum of a unit's two products is rounded to odd; numbers below 2^-126 are 0.
struct Bf16Dot {
  using Number = uint16_t;
  using Sum = Vec;
  static constexpr int64_t kPack = 2;
  static constexpr bool kScaled = false;
  static Sum start(const PanelProduct&, int64_t, int64_t) { return Vec{}; }
  static Sum add(Sum sum, Ints units, Ints columns) {
    return (Vec)vbfdotq_f32((float32x4_t)sum, numbers(units), numbers(columns));
  }
  static Sum square(Sum sum, Ints units, Ints columns) {
    return (Vec)vbfmmlaq_f32((float32x4_t)sum, numbers(units), numbers(columns));
  }
  template <int R, int V>
  static void sum_tile(const PanelProduct& product, int64_t row, int64_t first, Sum (&sums)[R][V]) {
    sum_squares<Bf16Dot>(product, row, first, sums);
  }
  static Vec to_float(Sum sum) { return sum; }

 private:
  static bfloat16x8_t numbers(Ints units) { return vreinterpretq_bf16_u32((uint32x4_t)units); }
};

struct Int8Dot {
  typedef int32_t Sum __attribute__((vector_size(16)));
  static constexpr bool kScaled = true;
  static Sum start(const PanelProduct& product, int64_t row, int64_t n) {
    Sum sums;
    __builtin_memcpy(&sums, product.column_sum + n, sizeof sums);
    return sums * -product.row_zero[row * product.row_step];
  }
  static Sum square(Sum sum, Ints units, Ints columns) {
    return (Sum)vusmmlaq_s32((int32x4_t)sum, vreinterpretq_u8_u32((uint32x4_t)units),
                             vreinterpretq_s8_u32((uint32x4_t)columns));
  }
  template <int R, int V>
  static void sum_tile(const PanelProduct& product, int64_t row, int64_t first, Sum (&sums)[R][V]) {
    sum_squares<Int8Dot>(product, row, first, sums);
  }
  static Vec to_float(Sum sum) { return __builtin_convertvector(sum, Vec); }
};

constexpr Bf16Kernels kBf16 = bf16_table<Bf16Dot>("i8mm", true);
constexpr Int8Kernels kInt8 = {
    "i8mm", true, kTileRows, panel_product<Int8Dot>, kQuantize<float>, kQuantize<uint16_t>};

}  // namespace
}  // namespace sightline::i8mm

#pragma GCC pop_options

namespace sightline {
const Bf16Kernels* i8mm_bf16_kernels() {
  return &i8mm::kBf16;
}
const Int8Kernels* i8mm_int8_kernels() {
  return &i8mm::kInt8;
}
}  // namespace sightline

#else
namespace sightline {
const Bf16Kernels* i8mm_bf16_kernels() {
  return nullptr;
}
const Int8Kernels* i8mm_int8_kernels() {
  return nullptr;
}
}  // namespace sightline
#endif
