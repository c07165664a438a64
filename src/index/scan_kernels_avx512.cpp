// The kernels for x86-64 with AVX-512 alone; see scan_kernels_avx512_bf16.cpp for the pragma.
#include "index/scan_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,prefer-vector-width=512")

namespace sightline::index::avx512 {
namespace {

#include "index/avx512_common.inc"

struct Bf16 {
  typedef Vec Acc;
  static constexpr bool kExact = false;
  static Acc step(Acc acc, Cells row, Cells query) {
    const Vec even_row = (Vec)(row << 16), even_query = (Vec)(query << 16);
    const Vec odd_row = (Vec)(row & 0xffff0000u), odd_query = (Vec)(query & 0xffff0000u);
    acc = (Acc)_mm512_fmadd_ps((__m512)even_row, (__m512)even_query, (__m512)acc);
    return (Acc)_mm512_fmadd_ps((__m512)odd_row, (__m512)odd_query, (__m512)acc);
  }
  static float total(Acc acc) { return total_of(acc); }
};

struct I8 {
  typedef Ints Acc;
  static constexpr bool kExact = true;
  // |code| times (code's sign times query): the sum of two such products fits 16 bits.
  static Acc step(Acc acc, Cells row, Cells query) {
    const __m512i codes = (__m512i)(row ^ 0x80808080u);
    const __m512i flipped = _mm512_mask_sub_epi8((__m512i)query, _mm512_movepi8_mask(codes),
                                                 _mm512_setzero_si512(), (__m512i)query);
    const __m512i pairs = _mm512_maddubs_epi16(_mm512_abs_epi8(codes), flipped);
    return acc + (Acc)_mm512_madd_epi16(pairs, _mm512_set1_epi16(1));
  }
  static int32_t total(Acc acc) { return total_of(acc); }
};

#include "index/scan_sums.inc"

#include "index/scan_filter.inc"

SIGHTLINE_SCAN_KERNELS("avx512", 0);

}  // namespace
}  // namespace sightline::index::avx512

#pragma GCC pop_options

namespace sightline::index {
const ScanKernels* avx512_scan_kernels() {
  return &avx512::kKernels;
}
}  // namespace sightline::index

#else
namespace sightline::index {
const ScanKernels* avx512_scan_kernels() {
  return nullptr;
}
}  // namespace sightline::index
#endif
