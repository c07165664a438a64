// The kernels for x86-64 with AVX2 and FMA; see kernels_avx512.cpp for the pragma.
#include "backend/onednn/cpu_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx2,fma")

namespace sightline::avx2 {
namespace {

constexpr int kLanes = 8;
constexpr int kMaxVecs = 2;  // 6 x 2 accumulators of 16 registers
typedef float Vec __attribute__((vector_size(32)));
typedef uint32_t Ints __attribute__((vector_size(32)));

inline Vec broadcast(float value) { return (Vec)_mm256_set1_ps(value); }
inline Vec multiply_add(Vec a, Vec b, Vec c) { return (Vec)_mm256_fmadd_ps(a, b, c); }
inline Vec interleave_low(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}
inline Vec interleave_high(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}
inline float sum_lanes(Vec v) {
  __m128 half = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  half = _mm_add_ps(half, _mm_movehl_ps(half, half));
  return half[0] + half[1];
}
inline float max_lane(Vec v) {
  __m128 half = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  half = _mm_max_ps(half, _mm_movehl_ps(half, half));
  return half[0] > half[1] ? half[0] : half[1];
}

#include "backend/onednn/vector_math.inc"

#include "backend/onednn/attention_kernel.inc"
#include "backend/onednn/norm_kernel.inc"

constexpr CpuKernels kKernels = {"avx2", attention_head, layer_norm_rows};

}  // namespace
}  // namespace sightline::avx2

#pragma GCC pop_options

namespace sightline {
const CpuKernels* avx2_kernels() { return &avx2::kKernels; }
}  // namespace sightline

#else
namespace sightline {
const CpuKernels* avx2_kernels() { return nullptr; }
}  // namespace sightline
#endif
