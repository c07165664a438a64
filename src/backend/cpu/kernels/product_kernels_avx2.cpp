// Products for x86-64 with AVX2 and FMA; see cpu_kernels_avx512.cpp for the pragma.
#include "backend/cpu/kernels/product_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx2,fma")

namespace sightline::avx2 {
namespace {

#include "backend/cpu/kernels/vectors_avx2.inc"

#include "backend/cpu/kernels/vector_math.inc"

// The products of two vectors of signed 16-bit numbers, neighbours added.
inline Ints multiply_add_pairs(Ints a, Ints b) {
  return (Ints)_mm256_madd_epi16((__m256i)a, (__m256i)b);
}

#include "backend/cpu/kernels/attention_kernel.inc"
#include "backend/cpu/kernels/bf16_dot.inc"
#include "backend/cpu/kernels/depthwise_kernel.inc"
#include "backend/cpu/kernels/int8_dot.inc"
#include "backend/cpu/kernels/pool_kernel.inc"
#include "backend/cpu/kernels/product_kernel.inc"
#include "backend/cpu/kernels/quantize_kernel.inc"
#include "backend/cpu/kernels/table_of_bf16.inc"

constexpr Bf16Kernels kBf16 = bf16_table<Bf16Dot>("avx2", false);
constexpr Int8Kernels kInt8 = {
    "avx2", false, kTileRows, panel_product<Int8Dot>, kQuantize<float>, kQuantize<uint16_t>};

}  // namespace
}  // namespace sightline::avx2

#pragma GCC pop_options

namespace sightline {
const Bf16Kernels* avx2_bf16_kernels() {
  return &avx2::kBf16;
}
const Int8Kernels* avx2_int8_kernels() {
  return &avx2::kInt8;
}
}  // namespace sightline

#else
namespace sightline {
const Bf16Kernels* avx2_bf16_kernels() {
  return nullptr;
}
const Int8Kernels* avx2_int8_kernels() {
  return nullptr;
}
}  // namespace sightline
#endif
