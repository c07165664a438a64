// The kernels for x86-64 with AVX-512. No -m flag is needed: the pragma covers what follows it,
// and every header is included before it, so that no inline function of theirs is compiled so.
#include "backend/onednn/cpu_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,prefer-vector-width=512")

namespace sightline::avx512 {
namespace {

constexpr int kLanes = 16;
constexpr int kMaxVecs = 4;  // 6 x 4 accumulators of 32 registers
typedef float Vec __attribute__((vector_size(64)));
typedef uint32_t Ints __attribute__((vector_size(64)));

inline Vec broadcast(float value) { return (Vec)_mm512_set1_ps(value); }
inline Vec multiply_add(Vec a, Vec b, Vec c) { return (Vec)_mm512_fmadd_ps(a, b, c); }
inline Vec interleave_low(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
inline Vec interleave_high(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15,
                                 31);
}
// Not _mm512_reduce_*: GCC 12's header warns about itself there.
inline Vec rotate8(Vec v) {
  return __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
}
inline Vec rotate4(Vec v) {
  return __builtin_shufflevector(v, v, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3);
}
inline float sum_lanes(Vec v) {
  v += rotate8(v);
  v += rotate4(v);
  return (v[0] + v[2]) + (v[1] + v[3]);
}
inline Vec larger(Vec a, Vec b) { return a > b ? a : b; }
inline float max_lane(Vec v) {
  v = larger(v, rotate8(v));
  v = larger(v, rotate4(v));
  const float a = v[0] > v[2] ? v[0] : v[2];
  const float b = v[1] > v[3] ? v[1] : v[3];
  return a > b ? a : b;
}

#include "backend/onednn/vector_math.inc"

#include "backend/onednn/attention_kernel.inc"
#include "backend/onednn/norm_kernel.inc"

constexpr CpuKernels kKernels = {"avx512", attention_head, layer_norm_rows};

}  // namespace
}  // namespace sightline::avx512

#pragma GCC pop_options

namespace sightline {
const CpuKernels* avx512_kernels() { return &avx512::kKernels; }
}  // namespace sightline

#else
namespace sightline {
const CpuKernels* avx512_kernels() { return nullptr; }
}  // namespace sightline
#endif
