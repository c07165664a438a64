// Products for x86-64 with AVX512-BF16 and AVX512-VNNI; see cpu_kernels_avx512.cpp for the pragma.
#include "backend/cpu/kernels/product_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,prfchw,prefer-vector-width=512")
#pragma GCC target("avx512bf16,avx512vnni")

// GCC 12 does not define __AVX512BF16__ for a pragma.
#define SIGHTLINE_AVX512_BF16

namespace sightline::avx512 {
namespace {

#include "backend/cpu/kernels/vectors_avx512.inc"

#include "backend/cpu/kernels/vector_math.inc"

#include "backend/cpu/kernels/attention_kernel.inc"
#include "backend/cpu/kernels/depthwise_kernel.inc"
#include "backend/cpu/kernels/pool_kernel.inc"
#include "backend/cpu/kernels/product_kernel.inc"
#include "backend/cpu/kernels/quantize_kernel.inc"
#include "backend/cpu/kernels/table_of_bf16.inc"

struct Bf16Dot {
  using Number = uint16_t;
  using Sum = Vec;
  static constexpr int64_t kPack = 2;
  static constexpr bool kScaled = false;
  static Sum start(const PanelProduct&, int64_t, int64_t) { return Vec{}; }
  static Sum add(Sum sum, Ints units, Ints columns) {
    return (Vec)_mm512_dpbf16_ps((__m512)sum, (__m512bh)units, (__m512bh)columns);
  }
  static Vec to_float(Sum sum) { return sum; }
};

struct Int8Dot {
  typedef int32_t Sum __attribute__((vector_size(64)));
  static constexpr bool kScaled = true;
  static Sum start(const PanelProduct& product, int64_t row, int64_t n) {
    Sum sums;
    __builtin_memcpy(&sums, product.column_sum + n, sizeof sums);
    return sums * -product.row_zero[row * product.row_step];
  }
  static Sum add(Sum sum, Ints units, Ints columns) {
    return (Sum)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)units, (__m512i)columns);
  }
  static Vec to_float(Sum sum) { return __builtin_convertvector(sum, Vec); }
};

constexpr Bf16Kernels kBf16 = bf16_table<Bf16Dot>("avx512_bf16", true);
constexpr Int8Kernels kInt8 = {
    "avx512_vnni", true, kTileRows, panel_product<Int8Dot>, kQuantize<float>, kQuantize<uint16_t>};

}  // namespace
}  // namespace sightline::avx512

#pragma GCC pop_options

namespace sightline {
const Bf16Kernels* avx512_bf16_bf16_kernels() {
  return &avx512::kBf16;
}
const Int8Kernels* avx512_bf16_int8_kernels() {
  return &avx512::kInt8;
}
}  // namespace sightline

#else
namespace sightline {
const Bf16Kernels* avx512_bf16_bf16_kernels() {
  return nullptr;
}
const Int8Kernels* avx512_bf16_int8_kernels() {
  return nullptr;
}
}  // namespace sightline
#endif
