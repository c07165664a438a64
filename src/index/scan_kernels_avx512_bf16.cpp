// The kernels for x86-64 with AVX-512 and its instructions for bytes (VNNI) and bfloat16. No -m
// flag is needed: the pragma covers what follows it, and every header is included before it, so
// that no inline function of theirs is compiled so.
#include "index/scan_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target( \
    "avx512f,avx512dq,avx512bw,avx512vl,avx512vnni,avx512bf16,avx2,fma,prefer-vector-width=512")

namespace sightline::index::avx512_bf16 {
namespace {

#include "index/avx512_common.inc"

struct Bf16 {
  typedef Vec Acc;
  static constexpr bool kExact = false;
  static Acc step(Acc acc, Cells row, Cells query) {
    return (Acc)_mm512_dpbf16_ps((__m512)acc, (__m512bh)row, (__m512bh)query);
  }
  static float total(Acc acc) { return total_of(acc); }
};

struct I8 {
  typedef Ints Acc;
  static constexpr bool kExact = true;
  static Acc step(Acc acc, Cells row, Cells query) {
    return (Acc)_mm512_dpbusd_epi32((__m512i)acc, (__m512i)row, (__m512i)query);
  }
  static int32_t total(Acc acc) { return total_of(acc); }
};

#include "index/scan_sums.inc"

#include "index/scan_filter.inc"

SIGHTLINE_SCAN_KERNELS("avx512_bf16", 128);

}  // namespace
}  // namespace sightline::index::avx512_bf16

#pragma GCC pop_options

namespace sightline::index {
const ScanKernels* avx512_bf16_scan_kernels() {
  return &avx512_bf16::kKernels;
}
}  // namespace sightline::index

#else
namespace sightline::index {
const ScanKernels* avx512_bf16_scan_kernels() {
  return nullptr;
}
}  // namespace sightline::index
#endif
