// Resampling passes for aarch64 with I8MM, which multiplies unsigned bytes by signed ones.
#include "image/resample_passes.h"

#if defined(__aarch64__)

#include <arm_neon.h>

#include <algorithm>
#include <cstring>
#include <vector>

#define SIGHTLINE_DOT __attribute__((target("arch=armv8.2-a+dotprod+i8mm")))

namespace sightline::image {
namespace {

using Pixels = uint8x16_t;
constexpr uint32_t kBias = 0;

SIGHTLINE_DOT inline Pixels pixels(uint8x16_t bytes) {
  return bytes;
}
SIGHTLINE_DOT inline int32x4_t dot(int32x4_t sums, Pixels bytes, int8x16_t weights) {
  return vusdotq_s32(sums, bytes, weights);
}
template <int kLane>
SIGHTLINE_DOT inline int32x4_t dot_lane(int32x4_t sums, Pixels bytes, int8x16_t weights) {
  return vusdotq_laneq_s32(sums, bytes, weights, kLane);
}

#include "image/resample_dot.inc"

}  // namespace

const ResamplePasses* i8mm_resample_passes() {
  static constexpr ResamplePasses passes{"i8mm",     fits_dot,       pack_x_dot,
                                         pack_y_dot, horizontal_dot, vertical_dot};
  return &passes;
}

}  // namespace sightline::image

#else

namespace sightline::image {

const ResamplePasses* i8mm_resample_passes() {
  return nullptr;
}

}  // namespace sightline::image

#endif
