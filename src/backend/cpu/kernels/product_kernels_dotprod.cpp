// Products for aarch64 with DotProd; see cpu_kernels_avx512.cpp for the pragma.
#include "backend/cpu/kernels/product_kernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>

#pragma GCC push_options
#pragma GCC target("arch=armv8.2-a+dotprod")

namespace sightline::dotprod {
namespace {

#include "backend/cpu/kernels/vectors_generic.inc"

#include "backend/cpu/kernels/vector_math.inc"

#include "backend/cpu/kernels/product_kernel.inc"
#include "backend/cpu/kernels/quantize_kernel.inc"

// (byte - 128) is signed, and 128 times a column's sum is part of the initial sum.
struct Int8Dot {
  typedef int32_t Sum __attribute__((vector_size(16)));
  static constexpr bool kScaled = true;
  static Sum start(const PanelProduct& product, int64_t row, int64_t n) {
    Sum sums;
    __builtin_memcpy(&sums, product.column_sum + n, sizeof sums);
    return sums * (128 - product.row_zero[row * product.row_step]);
  }
  static Sum add(Sum sum, Ints units, Ints columns) {
    return (Sum)vdotq_s32((int32x4_t)sum, vreinterpretq_s8_u32((uint32x4_t)(units ^ 0x80808080u)),
                          vreinterpretq_s8_u32((uint32x4_t)columns));
  }
  static Vec to_float(Sum sum) { return __builtin_convertvector(sum, Vec); }
};

constexpr Int8Kernels kInt8 = {
    "dotprod", true, kTileRows, panel_product<Int8Dot>, kQuantize<float>, kQuantize<uint16_t>};

}  // namespace
}  // namespace sightline::dotprod

#pragma GCC pop_options

namespace sightline {
const Int8Kernels* dotprod_int8_kernels() {
  return &dotprod::kInt8;
}
}  // namespace sightline

#else
namespace sightline {
const Int8Kernels* dotprod_int8_kernels() {
  return nullptr;
}
}  // namespace sightline
#endif
