// Resampling passes for aarch64 with DotProd, which multiplies signed bytes: pixels less 128.
#include "image/resample_passes.h"

#if defined(__aarch64__)

#include <arm_neon.h>

#include <algorithm>
#include <cstring>
#include <vector>

#define SIGHTLINE_DOT __attribute__((target("arch=armv8.2-a+dotprod")))

namespace sightline::image {
namespace {

// Pixels less 128.
using Pixels = int8x16_t;
constexpr uint32_t kBias = 128;

SIGHTLINE_DOT inline Pixels pixels(uint8x16_t bytes) {
  return vreinterpretq_s8_u8(veorq_u8(bytes, vdupq_n_u8(128)));
}
SIGHTLINE_DOT inline int32x4_t dot(int32x4_t sums, Pixels bytes, int8x16_t weights) {
  return vdotq_s32(sums, bytes, weights);
}
template <int kLane>
SIGHTLINE_DOT inline int32x4_t dot_lane(int32x4_t sums, Pixels bytes, int8x16_t weights) {
  return vdotq_laneq_s32(sums, bytes, weights, kLane);
}

#include "image/resample_dot.inc"

}  // namespace

const ResamplePasses* dotprod_resample_passes() {
  static constexpr ResamplePasses passes{"dotprod",  fits_dot,       pack_x_dot,
                                         pack_y_dot, horizontal_dot, vertical_dot};
  return &passes;
}

}  // namespace sightline::image

#else

namespace sightline::image {

const ResamplePasses* dotprod_resample_passes() {
  return nullptr;
}

}  // namespace sightline::image

#endif
