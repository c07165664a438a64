// The kernels for what every processor of the target architecture has: four floats at a time,
// SSE2 on x86-64, NEON on aarch64.
#include "backend/onednn/cpu_kernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace sightline::generic {
namespace {

constexpr int kLanes = 4;
typedef float Vec __attribute__((vector_size(16)));
typedef uint32_t Ints __attribute__((vector_size(16)));

inline Vec broadcast(float value) { return Vec{value, value, value, value}; }
#if defined(__aarch64__)
constexpr int kMaxVecs = 4;  // 6 x 4 accumulators of 32 registers
inline Vec multiply_add(Vec a, Vec b, Vec c) {
  return (Vec)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
#else
constexpr int kMaxVecs = 2;  // 6 x 2 accumulators of 16 registers
inline Vec multiply_add(Vec a, Vec b, Vec c) { return a * b + c; }
#endif
inline Vec interleave_low(Vec a, Vec b) { return __builtin_shufflevector(a, b, 0, 4, 1, 5); }
inline Vec interleave_high(Vec a, Vec b) { return __builtin_shufflevector(a, b, 2, 6, 3, 7); }
inline float sum_lanes(Vec v) { return (v[0] + v[2]) + (v[1] + v[3]); }
inline float max_lane(Vec v) {
  const Vec other = __builtin_shufflevector(v, v, 2, 3, 0, 1);
  v = v > other ? v : other;
  return v[0] > v[1] ? v[0] : v[1];
}

#include "backend/onednn/vector_math.inc"

#include "backend/onednn/attention_kernel.inc"
#include "backend/onednn/norm_kernel.inc"

constexpr CpuKernels kKernels = {"generic", attention_head, layer_norm_rows};

}  // namespace
}  // namespace sightline::generic

namespace sightline {
const CpuKernels* generic_kernels() { return &generic::kKernels; }
}  // namespace sightline
