// The passes with AVX2. A weight k is split into k = high * 2^12 + low (0 <= low < 2^12), so that
// pmaddwd can multiply pixels by both parts and sum pairs of taps; (sum of high) * 2^12 + (sum of
// low) is the exact 32-bit sum that the portable loops compute.
#include "image/resample_passes.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

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

// Weights of a group of four taps, laid out as the horizontal loop multiplies them:
// lane 0: (k0, k1) four times, lane 1: (k2, k3) four times.
struct alignas(32) Group {
  int16_t high[16];
  int16_t low[16];
};

void fill_group(const int32_t* weight, int count, Group& group) {
  for (int slot = 0; slot < 16; ++slot) {
    const int tap = slot / 8 * 2 + slot % 2;
    const int32_t k = tap < count ? weight[tap] : 0;
    group.high[slot] = high_part(k);
    group.low[slot] = low_part(k);
  }
}

__attribute__((target("avx2"))) inline __m128i finish(__m128i high, __m128i low) {
  const __m128i half = _mm_set1_epi32(1 << (kPrecisionBits - 1));
  const __m128i sum = _mm_add_epi32(_mm_add_epi32(_mm_slli_epi32(high, kLowBits), low), half);
  return _mm_srai_epi32(sum, kPrecisionBits);
}

// One RGB output pixel from `groups` groups of four input pixels. Reads 16 bytes a group.
__attribute__((target("avx2"))) inline uint32_t weigh_pixel(const uint8_t* at, const Group* group,
                                                            int groups) {
  // Bytes r0 g0 b0 r1 g1 b1 r2 g2 b2 r3 g3 b3 become 16-bit r0 r1 g0 g1 b0 b1 - - | r2 r3 g2 g3 …
  const __m256i order =
      _mm256_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1, 6, -1, 9, -1, 7,
                       -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
  __m256i high = _mm256_setzero_si256();
  __m256i low = _mm256_setzero_si256();
  for (int g = 0; g < groups; ++g, at += 12) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m256i pixels = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(bytes), order);
    const auto* w = reinterpret_cast<const __m256i*>(group + g);
    high = _mm256_add_epi32(high, _mm256_madd_epi16(pixels, _mm256_load_si256(w)));
    low = _mm256_add_epi32(low, _mm256_madd_epi16(pixels, _mm256_load_si256(w + 1)));
  }
  const __m128i value =
      finish(_mm_add_epi32(_mm256_castsi256_si128(high), _mm256_extracti128_si256(high, 1)),
             _mm_add_epi32(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1)));
  const __m128i words = _mm_packs_epi32(value, value);
  return static_cast<uint32_t>(_mm_cvtsi128_si32(_mm_packus_epi16(words, words)));
}

__attribute__((target("avx2"))) void horizontal_row(const uint8_t* row, const Weights& w,
                                                    const std::vector<Group>& groups,
                                                    size_t per_pixel, uint8_t* out) {
  for (size_t x = 0; x < w.first.size(); ++x, out += 3) {
    const int used = (w.length[x] + 3) / 4;
    const uint32_t pixel =
        weigh_pixel(row + 3 * static_cast<size_t>(w.first[x]), groups.data() + x * per_pixel, used);
    std::memcpy(out, &pixel, 3);
  }
}

void horizontal_avx2(const PassPlan& plan, uint8_t* out) {
  const Weights& w = plan.weights;
  const size_t count = w.first.size();
  const auto per_pixel = static_cast<size_t>((w.taps + 3) / 4);
  std::vector<Group> groups(count * per_pixel);
  for (size_t x = 0; x < count; ++x) {
    const int32_t* weight = w.fixed.data() + x * static_cast<size_t>(w.taps);
    for (size_t g = 0; g < per_pixel; ++g) {
      fill_group(weight + 4 * g, w.taps - static_cast<int>(4 * g), groups[x * per_pixel + g]);
    }
  }
  // Loads of 16 bytes may pass the end of a row by less than 16 bytes. That is harmless (those
  // weights are zero) until the end of the picture: the last rows are read from a copy.
  constexpr size_t kSlack = 16;
  const size_t row_bytes = plan.in.row_bytes();
  std::vector<uint8_t> copy(row_bytes + kSlack, 0);
  const uint8_t* end = plan.in.data + plan.in.size();
  for (int y = 0; y < plan.rows; ++y, out += 3 * count) {
    const uint8_t* row = plan.in.row(plan.first_row + y);
    if (static_cast<size_t>(end - row) < row_bytes + kSlack) {
      std::memcpy(copy.data(), row, row_bytes);
      row = copy.data();
    }
    horizontal_row(row, w, groups, per_pixel, out);
  }
}

// 16 bytes of an output row: for every pair of input rows one interleaving and four pmaddwd.
__attribute__((target("avx2"))) inline __m128i weigh_bytes(const uint8_t* at, size_t stride,
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
      finish(_mm256_castsi256_si128(high[0]), _mm256_castsi256_si128(low[0])),
      finish(_mm256_extracti128_si256(high[0], 1), _mm256_extracti128_si256(low[0], 1)));
  const __m128i w1 = _mm_packs_epi32(
      finish(_mm256_castsi256_si128(high[1]), _mm256_castsi256_si128(low[1])),
      finish(_mm256_extracti128_si256(high[1], 1), _mm256_extracti128_si256(low[1], 1)));
  return _mm_packus_epi16(w0, w1);
}

__attribute__((target("avx2"))) void vertical_row(const uint8_t* at, size_t stride,
                                                  const int32_t* weight, int taps, size_t bytes,
                                                  uint8_t* out) {
  size_t i = 0;
  for (; i + 16 <= bytes; i += 16) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i),
                     weigh_bytes(at + i, stride, weight, taps));
  }
  for (; i < bytes; ++i) {
    int32_t sum = 1 << (kPrecisionBits - 1);
    for (int k = 0; k < taps; ++k) sum += at[static_cast<size_t>(k) * stride + i] * weight[k];
    out[i] = round_and_clip(sum);
  }
}

void vertical_avx2(const PassPlan& plan, uint8_t* out) {
  const Weights& w = plan.weights;
  const auto channels = static_cast<size_t>(plan.in.channels);
  const size_t bytes = static_cast<size_t>(plan.columns) * channels;
  const size_t begin = static_cast<size_t>(plan.first_column) * channels;
  for (size_t y = 0; y < w.first.size(); ++y, out += bytes) {
    vertical_row(plan.in.row(w.first[y]) + begin, plan.in.row_bytes(),
                 w.fixed.data() + y * static_cast<size_t>(w.taps), w.length[y], bytes, out);
  }
}

}  // namespace

Passes avx2_passes() {
  static const bool available = __builtin_cpu_supports("avx2");
  return available ? Passes{horizontal_avx2, vertical_avx2} : Passes{nullptr, nullptr};
}

}  // namespace sightline::image

#else

namespace sightline::image {

Passes avx2_passes() {
  return {nullptr, nullptr};
}

}  // namespace sightline::image

#endif
