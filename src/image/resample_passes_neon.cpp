// Resampling passes for every processor of aarch64: pixels are widened to 32 bits and multiplied by
// whole weights.
#include "image/resample_passes.h"

#if defined(__aarch64__)

#include <arm_neon.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace sightline::image {
namespace {

bool fits_neon(const Weights&) {
  return true;
}

// One channel: 16 taps at a time. Three or four channels: four.
constexpr int taps_per_step(int channels) {
  return channels == 1 ? 16 : 4;
}

// words: the weights of each output, zero up to a multiple of the step. layout: their number.
void pack_x_neon(const Weights& w, int channels, PackedWeights& packed) {
  if (channels == 2) return;
  const int step = taps_per_step(channels);
  packed.layout = (w.taps + step - 1) / step * step;
  packed.words.resize(w.first.size() * static_cast<size_t>(packed.layout));
  for (size_t x = 0; x < w.first.size(); ++x) {
    std::memcpy(packed.words.data() + x * static_cast<size_t>(packed.layout),
                w.fixed.data() + x * static_cast<size_t>(w.taps),
                static_cast<size_t>(w.taps) * sizeof(int32_t));
  }
}

void pack_y_neon(const Weights&, PackedWeights&) {}

struct Sums {
  int32x4_t parts[4];

  explicit Sums(int32_t start) {
    for (int32x4_t& part : parts) part = vdupq_n_s32(start);
  }
};

struct Wide {
  int32x4_t parts[4];

  explicit Wide(uint8x16_t bytes) {
    const uint16x8_t low = vmovl_u8(vget_low_u8(bytes)), high = vmovl_high_u8(bytes);
    parts[0] = vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(low)));
    parts[1] = vreinterpretq_s32_u32(vmovl_high_u16(low));
    parts[2] = vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(high)));
    parts[3] = vreinterpretq_s32_u32(vmovl_high_u16(high));
  }
};

constexpr int32_t kHalf = 1 << (kPrecisionBits - 1);

// Rounds and clips four sums, which include kHalf.
uint16x4_t rounded(int32x4_t sums) {
  return vqmovun_s32(vshrq_n_s32(sums, kPrecisionBits));
}

// Computes one output pixel of 3 or 4 channels from `steps` times four input pixels. Reads 16 bytes
// each time.
template <int kChannels>
uint32_t convolve_pixel(const uint8_t* at, const uint32_t* weight, int steps) {
  constexpr uint8_t kZero = 255;  // no byte of the table
  constexpr uint8_t kSpread[16] = {0, 1, 2, kZero, 3, 4,  5,  kZero,
                                   6, 7, 8, kZero, 9, 10, 11, kZero};
  const uint8x16_t spread = vld1q_u8(kSpread);
  Sums sums(0);
  for (; steps > 0; --steps, at += 4 * kChannels, weight += 4) {
    uint8x16_t bytes = vld1q_u8(at);
    if constexpr (kChannels == 3) bytes = vqtbl1q_u8(bytes, spread);
    const Wide pixels(bytes);
    const int32x4_t k = vreinterpretq_s32_u32(vld1q_u32(weight));
    sums.parts[0] = vmlaq_laneq_s32(sums.parts[0], pixels.parts[0], k, 0);
    sums.parts[1] = vmlaq_laneq_s32(sums.parts[1], pixels.parts[1], k, 1);
    sums.parts[2] = vmlaq_laneq_s32(sums.parts[2], pixels.parts[2], k, 2);
    sums.parts[3] = vmlaq_laneq_s32(sums.parts[3], pixels.parts[3], k, 3);
  }
  const int32x4_t sum =
      vaddq_s32(vaddq_s32(sums.parts[0], sums.parts[1]), vaddq_s32(sums.parts[2], sums.parts[3]));
  const uint16x4_t words = rounded(vaddq_s32(sum, vdupq_n_s32(kHalf)));
  const uint8x8_t bytes = vqmovn_u16(vcombine_u16(words, words));
  return vget_lane_u32(vreinterpret_u32_u8(bytes), 0);
}

// Computes one grey output pixel from `steps` times 16 input pixels.
template <>
uint32_t convolve_pixel<1>(const uint8_t* at, const uint32_t* weight, int steps) {
  Sums sums(0);
  for (; steps > 0; --steps, at += 16, weight += 16) {
    const Wide pixels(vld1q_u8(at));
    for (int i = 0; i < 4; ++i) {
      sums.parts[i] = vmlaq_s32(sums.parts[i], pixels.parts[i],
                                vreinterpretq_s32_u32(vld1q_u32(weight + 4 * i)));
    }
  }
  const int32x4_t sum =
      vaddq_s32(vaddq_s32(sums.parts[0], sums.parts[1]), vaddq_s32(sums.parts[2], sums.parts[3]));
  const auto total = static_cast<uint32_t>(vaddvq_s32(sum));
  return round_and_clip(static_cast<int32_t>(total + static_cast<uint32_t>(kHalf)));
}

template <int kChannels>
void horizontal_row(const uint8_t* row, const PassPlan& plan, uint8_t* out) {
  constexpr int kStep = taps_per_step(kChannels);
  const Weights& w = plan.weights;
  const uint32_t* weight = plan.packed.words.data();
  for (size_t x = 0; x < w.first.size(); ++x, out += kChannels, weight += plan.packed.layout) {
    const uint32_t pixel =
        convolve_pixel<kChannels>(row + kChannels * static_cast<size_t>(w.first[x] - plan.origin),
                                  weight, (w.length[x] + kStep - 1) / kStep);
    std::memcpy(out, &pixel, kChannels);
  }
}

void horizontal_neon(const PassPlan& plan, uint8_t* out) {
  if (plan.in.channels == 2) return generic_resample_passes()->horizontal(plan, out);
  // Loads may read beyond the end of a row, with weights of zero, but not beyond the end of the
  // image.
  std::vector<uint8_t>& scratch = *plan.scratch;
  scratch.resize(std::max(scratch.size(), plan.in.row_bytes() + kSlack));
  const size_t bytes = plan.weights.first.size() * static_cast<size_t>(plan.in.channels);
  for (int y = 0; y < plan.rows; ++y, out += bytes) {
    const uint8_t* row = padded_row(plan.in, plan.first_row + y, scratch, 0);
    switch (plan.in.channels) {
      case 1:
        horizontal_row<1>(row, plan, out);
        break;
      case 3:
        horizontal_row<3>(row, plan, out);
        break;
      default:
        horizontal_row<4>(row, plan, out);
    }
  }
}

// Computes 16 bytes of an output row.
void convolve_16_bytes(const uint8_t* at, size_t stride, const int32_t* weight, int taps,
                       uint8_t* out) {
  Sums sums(kHalf);
  for (int k = 0; k < taps; ++k, at += stride) {
    const Wide pixels(vld1q_u8(at));
    for (int i = 0; i < 4; ++i)
      sums.parts[i] = vmlaq_n_s32(sums.parts[i], pixels.parts[i], weight[k]);
  }
  const uint16x8_t low = vcombine_u16(rounded(sums.parts[0]), rounded(sums.parts[1]));
  const uint16x8_t high = vcombine_u16(rounded(sums.parts[2]), rounded(sums.parts[3]));
  vst1q_u8(out, vcombine_u8(vqmovn_u16(low), vqmovn_u16(high)));
}

void vertical_row(const uint8_t* at, size_t stride, const int32_t* weight, int taps, size_t bytes,
                  uint8_t* out) {
  size_t i = 0;
  for (; i + 16 <= bytes; i += 16) convolve_16_bytes(at + i, stride, weight, taps, out + i);
  if (i < bytes && bytes >= 16)  // again, the last 16
    return convolve_16_bytes(at + bytes - 16, stride, weight, taps, out + bytes - 16);
  for (; i < bytes; ++i) {
    int32_t sum = kHalf;
    for (int k = 0; k < taps; ++k) sum += at[static_cast<size_t>(k) * stride + i] * weight[k];
    out[i] = round_and_clip(sum);
  }
}

void vertical_neon(const PassPlan& plan, uint8_t* out) {
  for_each_output_row(plan, out, [&](size_t y, const uint8_t* from, size_t bytes, uint8_t* to) {
    vertical_row(from, plan.in.row_bytes(),
                 plan.weights.fixed.data() + y * static_cast<size_t>(plan.weights.taps),
                 plan.weights.length[y], bytes, to);
  });
}

}  // namespace

const ResamplePasses* neon_resample_passes() {
  static constexpr ResamplePasses passes{"neon",      fits_neon,       pack_x_neon,
                                         pack_y_neon, horizontal_neon, vertical_neon};
  return &passes;
}

}  // namespace sightline::image

#else

namespace sightline::image {

const ResamplePasses* neon_resample_passes() {
  return nullptr;
}

}  // namespace sightline::image

#endif
