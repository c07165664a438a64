// Resampling passes for AVX2. A weight is split into k = high * 2^12 + low with 0 <= low < 2^12, so
// that pmaddwd can multiply pixels by each part and add pairs of taps. The result, (sum of high) *
// 2^12 + (sum of low), is the exact 32-bit sum that the generic loops compute.
#include "image/resample_passes.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace sightline::image {
namespace {

constexpr int kLowBits = 12;

int16_t high_part(int32_t weight) {
  return static_cast<int16_t>(weight >> kLowBits);
}
int16_t low_part(int32_t weight) {
  return static_cast<int16_t>(weight & ((1 << kLowBits) - 1));
}

// A block stores the high parts of 16 weights, then their low parts, in the order in which the
// horizontal loop multiplies them. One channel: 16 taps. Three or four channels: four taps, with
// (k0, k1) for each channel in 128-bit lane 0 and (k2, k3) in lane 1.
int taps_per_block(int channels) {
  return channels == 1 ? 16 : 4;
}

void fill_block(const int32_t* weight, int count, int channels, Block& block) {
  int16_t parts[32];
  for (int slot = 0; slot < 16; ++slot) {
    const int tap = channels == 1 ? slot : slot / 8 * 2 + slot % 2;
    const int32_t k = tap < count ? weight[tap] : 0;
    parts[slot] = high_part(k);
    parts[16 + slot] = low_part(k);
  }
  std::memcpy(block.bytes, parts, sizeof(parts));
}

__attribute__((target("avx2"))) inline __m128i combine_and_round(__m128i high, __m128i low) {
  const __m128i half = _mm_set1_epi32(1 << (kPrecisionBits - 1));
  const __m128i sum = _mm_add_epi32(_mm_add_epi32(_mm_slli_epi32(high, kLowBits), low), half);
  return _mm_srai_epi32(sum, kPrecisionBits);
}

// Computes one output pixel of 3 or 4 channels from `groups` groups of four input pixels. Reads 16
// bytes per group.
template <int kChannels>
__attribute__((target("avx2"))) inline uint32_t convolve_pixel(const uint8_t* at,
                                                               const Block* block, int groups) {
  // Bytes r0 g0 b0 r1 … become 16-bit r0 r1 g0 g1 b0 b1 a0 a1 | r2 r3 g2 g3 …
  constexpr char c = kChannels;
  constexpr char a = kChannels == 4 ? 3 : -128;  // negative: the result byte is zero
  const __m256i order = _mm256_setr_epi8(
      0, -1, c, -1, 1, -1, c + 1, -1, 2, -1, c + 2, -1, a, -1, kChannels == 4 ? c + 3 : -1, -1,
      2 * c, -1, 3 * c, -1, 2 * c + 1, -1, 3 * c + 1, -1, 2 * c + 2, -1, 3 * c + 2, -1,
      kChannels == 4 ? 2 * c + 3 : -1, -1, kChannels == 4 ? 3 * c + 3 : -1, -1);
  __m256i high = _mm256_setzero_si256();
  __m256i low = _mm256_setzero_si256();
  for (int g = 0; g < groups; ++g, at += 4 * kChannels) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m256i pixels = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(bytes), order);
    const auto* w = reinterpret_cast<const __m256i*>(block + g);
    high = _mm256_add_epi32(high, _mm256_madd_epi16(pixels, _mm256_load_si256(w)));
    low = _mm256_add_epi32(low, _mm256_madd_epi16(pixels, _mm256_load_si256(w + 1)));
  }
  const __m128i value = combine_and_round(
      _mm_add_epi32(_mm256_castsi256_si128(high), _mm256_extracti128_si256(high, 1)),
      _mm_add_epi32(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1)));
  const __m128i words = _mm_packs_epi32(value, value);
  return static_cast<uint32_t>(_mm_cvtsi128_si32(_mm_packus_epi16(words, words)));
}

__attribute__((target("avx2"))) inline int32_t sum_of(__m256i values) {
  __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(values), _mm256_extracti128_si256(values, 1));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4e));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xb1));
  return _mm_cvtsi128_si32(sum);
}

// Computes one grey output pixel from `groups` groups of 16 input pixels. The final addition is
// unsigned, so that it is defined for any weights; sums of real weights do not overflow.
template <>
__attribute__((target("avx2"))) inline uint32_t convolve_pixel<1>(const uint8_t* at,
                                                                  const Block* block, int groups) {
  __m256i high = _mm256_setzero_si256();
  __m256i low = _mm256_setzero_si256();
  for (int g = 0; g < groups; ++g, at += 16) {
    const __m256i pixels =
        _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
    const auto* w = reinterpret_cast<const __m256i*>(block + g);
    high = _mm256_add_epi32(high, _mm256_madd_epi16(pixels, _mm256_load_si256(w)));
    low = _mm256_add_epi32(low, _mm256_madd_epi16(pixels, _mm256_load_si256(w + 1)));
  }
  const uint32_t sum = (static_cast<uint32_t>(sum_of(high)) << kLowBits) +
                       static_cast<uint32_t>(sum_of(low)) + (1u << (kPrecisionBits - 1));
  return round_and_clip(static_cast<int32_t>(sum));
}

bool fits_avx2(const Weights& weights) {
  return weights_below(weights, 1 << 26);
}

void pack_x_avx2(const Weights& w, int channels, PackedWeights& packed) {
  if (channels == 2) return;
  const int step = taps_per_block(channels);
  packed.layout = (w.taps + step - 1) / step;  // blocks per output pixel
  const auto per_pixel = static_cast<size_t>(packed.layout);
  packed.blocks.resize(w.first.size() * per_pixel);
  for (size_t x = 0; x < w.first.size(); ++x) {
    const int32_t* weight = w.fixed.data() + x * static_cast<size_t>(w.taps);
    for (int g = 0; g < packed.layout; ++g) {
      fill_block(weight + step * g, w.taps - step * g, channels,
                 packed.blocks[x * per_pixel + static_cast<size_t>(g)]);
    }
  }
}

void pack_y_avx2(const Weights&, PackedWeights&) {}

template <int kChannels>
__attribute__((target("avx2"))) void horizontal_row(const uint8_t* row, const PassPlan& plan,
                                                    uint8_t* out) {
  const Weights& w = plan.weights;
  const int step = kChannels == 1 ? 16 : 4;
  const Block* block = plan.packed.blocks.data();
  for (size_t x = 0; x < w.first.size(); ++x, out += kChannels, block += plan.packed.layout) {
    const int used = (w.length[x] + step - 1) / step;
    const uint32_t pixel = convolve_pixel<kChannels>(
        row + kChannels * static_cast<size_t>(w.first[x] - plan.origin), block, used);
    std::memcpy(out, &pixel, kChannels);
  }
}

void horizontal_avx2(const PassPlan& plan, uint8_t* out) {
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

// Computes 16 bytes of an output row: interleaves each pair of input rows and multiplies them with
// four pmaddwd.
__attribute__((target("avx2"))) inline __m128i convolve_16_bytes(const uint8_t* at, size_t stride,
                                                                 const int32_t* weight, int taps) {
  __m256i high[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
  __m256i low[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
  for (int k = 0; k < taps; k += 2, at += 2 * stride) {
    const bool pair = k + 1 < taps;
    const __m128i a = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i b =
        pair ? _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + stride)) : _mm_setzero_si128();
    const __m256i first = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(a, b));
    const __m256i second = _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(a, b));
    const int32_t k0 = weight[k];
    const int32_t k1 = pair ? weight[k + 1] : 0;
    const auto both = [](int16_t x, int16_t y) {
      return static_cast<int>(static_cast<uint32_t>(static_cast<uint16_t>(x)) |
                              static_cast<uint32_t>(static_cast<uint16_t>(y)) << 16);
    };
    const __m256i kh = _mm256_set1_epi32(both(high_part(k0), high_part(k1)));
    const __m256i kl = _mm256_set1_epi32(both(low_part(k0), low_part(k1)));
    high[0] = _mm256_add_epi32(high[0], _mm256_madd_epi16(first, kh));
    high[1] = _mm256_add_epi32(high[1], _mm256_madd_epi16(second, kh));
    low[0] = _mm256_add_epi32(low[0], _mm256_madd_epi16(first, kl));
    low[1] = _mm256_add_epi32(low[1], _mm256_madd_epi16(second, kl));
  }
  const __m128i w0 = _mm_packs_epi32(
      combine_and_round(_mm256_castsi256_si128(high[0]), _mm256_castsi256_si128(low[0])),
      combine_and_round(_mm256_extracti128_si256(high[0], 1), _mm256_extracti128_si256(low[0], 1)));
  const __m128i w1 = _mm_packs_epi32(
      combine_and_round(_mm256_castsi256_si128(high[1]), _mm256_castsi256_si128(low[1])),
      combine_and_round(_mm256_extracti128_si256(high[1], 1), _mm256_extracti128_si256(low[1], 1)));
  return _mm_packus_epi16(w0, w1);
}

__attribute__((target("avx2"))) void vertical_row(const uint8_t* at, size_t stride,
                                                  const int32_t* weight, int taps, size_t bytes,
                                                  uint8_t* out) {
  size_t i = 0;
  for (; i + 16 <= bytes; i += 16) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i),
                     convolve_16_bytes(at + i, stride, weight, taps));
  }
  for (; i < bytes; ++i) {
    int32_t sum = 1 << (kPrecisionBits - 1);
    for (int k = 0; k < taps; ++k) sum += at[static_cast<size_t>(k) * stride + i] * weight[k];
    out[i] = round_and_clip(sum);
  }
}

void vertical_avx2(const PassPlan& plan, uint8_t* out) {
  for_each_output_row(plan, out, [&](size_t y, const uint8_t* from, size_t bytes, uint8_t* to) {
    vertical_row(from, plan.in.row_bytes(),
                 plan.weights.fixed.data() + y * static_cast<size_t>(plan.weights.taps),
                 plan.weights.length[y], bytes, to);
  });
}

}  // namespace

const ResamplePasses* avx2_resample_passes() {
  static constexpr ResamplePasses passes{"avx2",      fits_avx2,       pack_x_avx2,
                                         pack_y_avx2, horizontal_avx2, vertical_avx2};
  return &passes;
}

}  // namespace sightline::image

#else

namespace sightline::image {

const ResamplePasses* avx2_resample_passes() {
  return nullptr;
}

}  // namespace sightline::image

#endif
