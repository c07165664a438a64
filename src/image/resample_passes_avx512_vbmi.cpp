// Resampling passes for AVX-512 with VBMI and VNNI (Intel since Ice Lake, AMD since Zen 4). A
// weight is split into three signed bytes, k = high * 2^16 + middle * 2^8 + low, so that vpdpbusd
// can multiply four pixels by four weights and add the products. Combining the three sums yields
// the exact 32-bit sum that the generic loops compute. An accumulator holds 16 sums; each vpdpbusd
// adds four taps to each of them.
#include "image/resample_passes.h"

#if defined(__x86_64__) && defined(__GNUC__)

// GCC 12 warns about undefined registers in its own headers (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>

#include <algorithm>
#include <cstring>
#include <vector>

#define SIGHTLINE_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,avx512vnni")))
#define SIGHTLINE_AVX512_INLINE SIGHTLINE_AVX512 __attribute__((always_inline)) inline

namespace sightline::image {
namespace {

// Which sums an accumulator holds.
//   multi_pixel: several output pixels, each with all channels (RGB occupies four lanes).
//   single_pixel: the channels of one output pixel, several times for different taps. Used if the
//   inputs of neighbouring outputs do not fit into one load of 64 bytes.
enum Layout { multi_pixel, single_pixel };

constexpr int lanes_per_pixel(int channels) {
  return channels == 3 ? 4 : channels;
}
constexpr int pixels_per_vector(int channels) {
  return 16 / lanes_per_pixel(channels);
}
// Number of groups of four taps per 64-byte load in single_pixel.
constexpr int tap_groups_per_load(int channels) {
  return 16 / channels;
}

struct Parts {
  int8_t high;
  int8_t middle;
  int8_t low;
};

Parts split(int32_t k) {
  const auto low = static_cast<int8_t>(k & 0xff);
  const int32_t rest = (k - low) >> 8;
  const auto middle = static_cast<int8_t>(rest & 0xff);
  return {static_cast<int8_t>((rest - middle) >> 8), middle, low};
}

void put_weight(Block* parts_of_block, size_t byte, int32_t k) {
  const Parts parts = split(k);
  parts_of_block[0].bytes[byte] = static_cast<uint8_t>(parts.high);
  parts_of_block[1].bytes[byte] = static_cast<uint8_t>(parts.middle);
  parts_of_block[2].bytes[byte] = static_cast<uint8_t>(parts.low);
}

bool fits_avx512(const Weights& weights) {
  return weights_below(weights, (1 << 23) - (1 << 16));
}

bool fits_one_load(const Weights& w, int channels) {
  const auto pixels = static_cast<size_t>(pixels_per_vector(channels));
  for (size_t x = 0; x < w.first.size(); x += pixels) {
    const size_t last = std::min(x + pixels, w.first.size()) - 1;
    if ((w.first[last] - w.first[x] + 4) * channels > 64) return false;
  }
  return true;
}

// Layout per vector of output pixels: one Block of byte positions, then three Blocks of weights for
// each run of four taps. offsets: index of the vector's first Block; counts: number of runs.
void pack_multi_pixel(const Weights& w, int channels, PackedWeights& packed) {
  const auto pixels = static_cast<size_t>(pixels_per_vector(channels));
  for (size_t x = 0; x < w.first.size(); x += pixels) {
    const size_t used = std::min(pixels, w.first.size() - x);
    const int longest = *std::max_element(w.length.begin() + static_cast<ptrdiff_t>(x),
                                          w.length.begin() + static_cast<ptrdiff_t>(x + used));
    const int runs = (longest + 3) / 4;
    const size_t start = packed.blocks.size();
    packed.offsets.push_back(start);
    packed.counts.push_back(runs);
    packed.blocks.resize(start + 1 + 3 * static_cast<size_t>(runs), Block{});
    for (size_t p = 0; p < used; ++p) {
      for (int c = 0; c < channels; ++c) {
        for (int j = 0; j < 4; ++j) {
          const size_t byte =
              4 * (p * static_cast<size_t>(lanes_per_pixel(channels)) + static_cast<size_t>(c)) +
              static_cast<size_t>(j);
          packed.blocks[start].bytes[byte] =
              static_cast<uint8_t>((w.first[x + p] - w.first[x] + j) * channels + c);
          for (int run = 0; run < runs; ++run) {
            const int tap = 4 * run + j;
            const int32_t k =
                tap < w.length[x + p]
                    ? w.fixed[(x + p) * static_cast<size_t>(w.taps) + static_cast<size_t>(tap)]
                    : 0;
            put_weight(&packed.blocks[start + 1 + 3 * static_cast<size_t>(run)], byte, k);
          }
        }
      }
    }
  }
}

// Layout: one Block of byte positions for all pixels, then, per output pixel, three Blocks of
// weights for each load. offsets: index of a pixel's first Block; counts: number of loads.
void pack_single_pixel(const Weights& w, int channels, PackedWeights& packed) {
  const int groups = tap_groups_per_load(channels);
  const int step = 4 * groups;
  packed.blocks.resize(1, Block{});
  for (int group = 0; group < groups; ++group) {
    for (int c = 0; c < channels; ++c) {
      for (int j = 0; j < 4; ++j) {
        packed.blocks[0].bytes[4 * (group * channels + c) + j] =
            static_cast<uint8_t>((4 * group + j) * channels + c);
      }
    }
  }
  for (size_t x = 0; x < w.first.size(); ++x) {
    const int loads = (w.length[x] + step - 1) / step;
    const size_t start = packed.blocks.size();
    packed.offsets.push_back(start);
    packed.counts.push_back(loads);
    packed.blocks.resize(start + 3 * static_cast<size_t>(loads), Block{});
    for (int tap = 0; tap < w.length[x]; ++tap) {
      const int32_t k = w.fixed[x * static_cast<size_t>(w.taps) + static_cast<size_t>(tap)];
      const int within = tap % step;
      for (int c = 0; c < channels; ++c) {
        put_weight(&packed.blocks[start + 3 * static_cast<size_t>(tap / step)],
                   static_cast<size_t>(4 * (within / 4 * channels + c) + within % 4), k);
      }
    }
  }
}

void pack_x_avx512(const Weights& w, int channels, PackedWeights& packed) {
  packed.layout = fits_one_load(w, channels) ? multi_pixel : single_pixel;
  if (packed.layout == multi_pixel) {
    pack_multi_pixel(w, channels, packed);
  } else {
    pack_single_pixel(w, channels, packed);
  }
}

// Layout per output row: three words of four weight bytes for each run of four taps. offsets: index
// of the row's first word.
void pack_y_avx512(const Weights& w, PackedWeights& packed) {
  for (size_t y = 0; y < w.first.size(); ++y) {
    packed.offsets.push_back(packed.words.size());
    const int32_t* weight = w.fixed.data() + y * static_cast<size_t>(w.taps);
    for (int tap = 0; tap < w.length[y]; tap += 4) {
      uint32_t words[3] = {0, 0, 0};
      for (int j = 0; j < 4 && tap + j < w.length[y]; ++j) {
        const Parts parts = split(weight[tap + j]);
        words[0] |= static_cast<uint32_t>(static_cast<uint8_t>(parts.high)) << (8 * j);
        words[1] |= static_cast<uint32_t>(static_cast<uint8_t>(parts.middle)) << (8 * j);
        words[2] |= static_cast<uint32_t>(static_cast<uint8_t>(parts.low)) << (8 * j);
      }
      packed.words.insert(packed.words.end(), words, words + 3);
    }
  }
}

struct Sums {
  __m512i high;
  __m512i middle;
  __m512i low;
};

SIGHTLINE_AVX512_INLINE void clear(Sums& sums) {
  sums.high = sums.middle = sums.low = _mm512_setzero_si512();
}

SIGHTLINE_AVX512_INLINE void add(Sums& sums, __m512i pixels, __m512i high, __m512i middle,
                                 __m512i low) {
  sums.high = _mm512_dpbusd_epi32(sums.high, pixels, high);
  sums.middle = _mm512_dpbusd_epi32(sums.middle, pixels, middle);
  sums.low = _mm512_dpbusd_epi32(sums.low, pixels, low);
}

SIGHTLINE_AVX512_INLINE __m512i combined(const Sums& sums) {
  return _mm512_add_epi32(
      _mm512_add_epi32(_mm512_slli_epi32(sums.high, 16), _mm512_slli_epi32(sums.middle, 8)),
      _mm512_add_epi32(sums.low, _mm512_set1_epi32(1 << (kPrecisionBits - 1))));
}

// Rounds and clips the 16 sums to bytes.
SIGHTLINE_AVX512_INLINE __m128i to_bytes(const Sums& sums) {
  const __m512i value = _mm512_srai_epi32(combined(sums), kPrecisionBits);
  return _mm512_cvtusepi32_epi8(_mm512_max_epi32(value, _mm512_setzero_si512()));
}

SIGHTLINE_AVX512_INLINE __m512i load(const void* at) {
  return _mm512_loadu_si512(at);
}

constexpr int kRows = 4;  // rows that share the loads of weights

template <int kChannels>
SIGHTLINE_AVX512_INLINE __m128i drop_padding(__m128i bytes) {
  if constexpr (kChannels != 3) return bytes;
  return _mm_shuffle_epi8(bytes,
                          _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
}

template <int kChannels>
SIGHTLINE_AVX512 void rows_multi_pixel(const uint8_t* const* rows, const PassPlan& plan,
                                       uint8_t* const* outs) {
  constexpr size_t kPixels = pixels_per_vector(kChannels);
  constexpr size_t kBytes = kPixels * kChannels;
  const Weights& w = plan.weights;
  const size_t count = w.first.size();
  for (size_t x = 0, block = 0; x < count; x += kPixels, ++block) {
    const Block* at = plan.packed.blocks.data() + plan.packed.offsets[block];
    const __m512i order = load(at++);
    Sums sums[kRows];
    for (Sums& one : sums) clear(one);
    size_t from = static_cast<size_t>(w.first[x] - plan.origin) * kChannels;
    for (int run = plan.packed.counts[block]; run > 0; --run, at += 3, from += 4 * kChannels) {
      const __m512i high = load(at);
      const __m512i middle = load(at + 1);
      const __m512i low = load(at + 2);
      for (int r = 0; r < kRows; ++r) {
        add(sums[r], _mm512_permutexvar_epi8(order, load(rows[r] + from)), high, middle, low);
      }
    }
    const size_t bytes = std::min(kPixels, count - x) * kChannels;
    for (int r = 0; r < kRows; ++r) {
      const __m128i made = drop_padding<kChannels>(to_bytes(sums[r]));
      uint8_t* to = outs[r] + x * kChannels;
      if (bytes == kBytes) {
        std::memcpy(to, &made, kBytes);
      } else {
        uint8_t part[16];
        std::memcpy(part, &made, 16);
        std::memcpy(to, part, bytes);
      }
    }
  }
}

// Adds the sums of each channel; the result is in the lowest lanes.
template <int kChannels>
SIGHTLINE_AVX512_INLINE __m128i sum_per_channel(__m512i sums) {
  if constexpr (kChannels == 3) {
    // 5 x (r, g, b) -> 4 x (r, g, b, 0) + 1 x (r, g, b)
    const __m512i first_four =
        _mm512_setr_epi32(0, 1, 2, 15, 3, 4, 5, 15, 6, 7, 8, 15, 9, 10, 11, 15);
    const __m512i fifth = _mm512_setr_epi32(12, 13, 14, 15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    sums = _mm512_add_epi32(_mm512_permutexvar_epi32(first_four, sums),
                            _mm512_maskz_permutexvar_epi32(0x7, fifth, sums));
  }
  const __m256i half =
      _mm256_add_epi32(_mm512_castsi512_si256(sums), _mm512_extracti64x4_epi64(sums, 1));
  __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
  if constexpr (kChannels <= 2) sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4e));
  if constexpr (kChannels == 1) sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xb1));
  return sum;
}

template <int kChannels>
SIGHTLINE_AVX512 void rows_single_pixel(const uint8_t* const* rows, const PassPlan& plan,
                                        uint8_t* const* outs) {
  const Weights& w = plan.weights;
  const __m512i order = load(plan.packed.blocks.data());
  const __m128i half = _mm_set1_epi32(1 << (kPrecisionBits - 1));
  for (size_t x = 0; x < w.first.size(); ++x) {
    const Block* at = plan.packed.blocks.data() + plan.packed.offsets[x];
    Sums sums[kRows];
    for (Sums& one : sums) clear(one);
    size_t from = static_cast<size_t>(w.first[x] - plan.origin) * kChannels;
    for (int n = plan.packed.counts[x]; n > 0; --n, at += 3) {
      const __m512i high = load(at);
      const __m512i middle = load(at + 1);
      const __m512i low = load(at + 2);
      for (int r = 0; r < kRows; ++r) {
        add(sums[r], _mm512_permutexvar_epi8(order, load(rows[r] + from)), high, middle, low);
      }
      from += 4 * tap_groups_per_load(kChannels) * kChannels;
    }
    for (int r = 0; r < kRows; ++r) {
      const __m512i parts = _mm512_add_epi32(_mm512_add_epi32(_mm512_slli_epi32(sums[r].high, 16),
                                                              _mm512_slli_epi32(sums[r].middle, 8)),
                                             sums[r].low);
      const __m128i value =
          _mm_srai_epi32(_mm_add_epi32(sum_per_channel<kChannels>(parts), half), kPrecisionBits);
      const __m128i words = _mm_packs_epi32(value, value);
      const auto pixel = static_cast<uint32_t>(_mm_cvtsi128_si32(_mm_packus_epi16(words, words)));
      std::memcpy(outs[r] + x * kChannels, &pixel, kChannels);
    }
  }
}

template <int kChannels>
void horizontal(const PassPlan& plan, uint8_t* out) {
  std::vector<uint8_t>& scratch = *plan.scratch;
  scratch.resize(std::max(scratch.size(), kRows * (plan.in.row_bytes() + kSlack)));
  const size_t bytes = plan.weights.first.size() * kChannels;
  for (int y = 0; y < plan.rows; y += kRows) {
    const uint8_t* rows[kRows];
    uint8_t* outs[kRows];
    for (int r = 0; r < kRows; ++r) {
      const int row = std::min(y + r, plan.rows - 1);  // repeats the last row
      rows[r] = padded_row(plan.in, plan.first_row + row, scratch, static_cast<size_t>(r));
      outs[r] = out + static_cast<size_t>(row) * bytes;
    }
    if (plan.packed.layout == multi_pixel) {
      rows_multi_pixel<kChannels>(rows, plan, outs);
    } else {
      rows_single_pixel<kChannels>(rows, plan, outs);
    }
  }
}

void horizontal_avx512(const PassPlan& plan, uint8_t* out) {
  switch (plan.in.channels) {
    case 1:
      return horizontal<1>(plan, out);
    case 2:
      return horizontal<2>(plan, out);
    case 3:
      return horizontal<3>(plan, out);
    default:
      return horizontal<4>(plan, out);
  }
}

// Computes the bytes of `mask`, at most 64, of an output row from `taps` rows with distance
// `stride`.
SIGHTLINE_AVX512_INLINE __m512i convolve_64_bytes(const uint8_t* at, size_t stride, int taps,
                                                  const uint32_t* words, __mmask64 mask) {
  Sums sums[4];
  for (Sums& one : sums) clear(one);
  for (int tap = 0; tap < taps; tap += 4, words += 3) {
    // Rows beyond the last have weight zero, so any row may be loaded instead.
    __m512i row[4];
    for (int j = 0; j < 4; ++j) {
      row[j] = _mm512_maskz_loadu_epi8(
          mask, at + static_cast<size_t>(std::min(tap + j, taps - 1)) * stride);
    }
    const __m512i ab0 = _mm512_unpacklo_epi8(row[0], row[1]);
    const __m512i ab1 = _mm512_unpackhi_epi8(row[0], row[1]);
    const __m512i cd0 = _mm512_unpacklo_epi8(row[2], row[3]);
    const __m512i cd1 = _mm512_unpackhi_epi8(row[2], row[3]);
    const __m512i high = _mm512_set1_epi32(static_cast<int>(words[0]));
    const __m512i middle = _mm512_set1_epi32(static_cast<int>(words[1]));
    const __m512i low = _mm512_set1_epi32(static_cast<int>(words[2]));
    add(sums[0], _mm512_unpacklo_epi16(ab0, cd0), high, middle, low);
    add(sums[1], _mm512_unpackhi_epi16(ab0, cd0), high, middle, low);
    add(sums[2], _mm512_unpacklo_epi16(ab1, cd1), high, middle, low);
    add(sums[3], _mm512_unpackhi_epi16(ab1, cd1), high, middle, low);
  }
  __m512i value[4];
  for (int i = 0; i < 4; ++i) value[i] = _mm512_srai_epi32(combined(sums[i]), kPrecisionBits);
  return _mm512_packus_epi16(_mm512_packs_epi32(value[0], value[1]),
                             _mm512_packs_epi32(value[2], value[3]));
}

SIGHTLINE_AVX512 void vertical_row(const uint8_t* at, size_t stride, int taps,
                                   const uint32_t* words, size_t bytes, uint8_t* out) {
  size_t i = 0;
  for (; i + 64 <= bytes; i += 64) {
    _mm512_storeu_si512(out + i, convolve_64_bytes(at + i, stride, taps, words, ~__mmask64{0}));
  }
  if (i < bytes) {
    const __mmask64 mask = (__mmask64{1} << (bytes - i)) - 1;
    _mm512_mask_storeu_epi8(out + i, mask, convolve_64_bytes(at + i, stride, taps, words, mask));
  }
}

void vertical_avx512(const PassPlan& plan, uint8_t* out) {
  for_each_output_row(plan, out, [&](size_t y, const uint8_t* from, size_t bytes, uint8_t* to) {
    vertical_row(from, plan.in.row_bytes(), plan.weights.length[y],
                 plan.packed.words.data() + plan.packed.offsets[y], bytes, to);
  });
}

}  // namespace

const ResamplePasses* avx512_vbmi_resample_passes() {
  static constexpr ResamplePasses passes{"avx512_vbmi", fits_avx512,       pack_x_avx512,
                                         pack_y_avx512, horizontal_avx512, vertical_avx512};
  return &passes;
}

}  // namespace sightline::image

#else

namespace sightline::image {

const ResamplePasses* avx512_vbmi_resample_passes() {
  return nullptr;
}

}  // namespace sightline::image

#endif
