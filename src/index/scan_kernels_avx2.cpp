// The kernels for x86-64 with AVX2 and FMA; see scan_kernels_avx512_bf16.cpp for the pragma.
#include "index/scan_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx2,fma")

namespace sightline::index::avx2 {
namespace {

constexpr int kLanes = 8;
constexpr int kPanelVectors = 2;
constexpr int kManyRows = 6;  // 6 x 2 accumulators of 16 registers
constexpr int kFewChains = 2;
constexpr int kPrefetchBytes = 4096;
typedef float Vec __attribute__((vector_size(32)));
typedef uint32_t Cells __attribute__((vector_size(32)));
typedef int32_t Ints __attribute__((vector_size(32)));

inline Cells splat(uint32_t cell) {
  return (Cells)_mm256_set1_epi32(static_cast<int>(cell));
}
inline uint32_t at_least(Vec a, Vec b) {
  return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps((__m256)a, (__m256)b, _CMP_GE_OQ)));
}

template <typename V>
inline auto total_of(V v) {
  v += __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3);
  return (v[0] + v[2]) + (v[1] + v[3]);
}

struct F32 {
  typedef Vec Acc;
  static constexpr bool kExact = false;
  static Acc step(Acc acc, Cells row, Cells query) {
    return (Acc)_mm256_fmadd_ps((__m256)row, (__m256)query, (__m256)acc);
  }
  static float total(Acc acc) { return total_of(acc); }
};

struct Bf16 {
  typedef Vec Acc;
  static constexpr bool kExact = false;
  static Acc step(Acc acc, Cells row, Cells query) {
    const Vec even_row = (Vec)(row << 16), even_query = (Vec)(query << 16);
    const Vec odd_row = (Vec)(row & 0xffff0000u), odd_query = (Vec)(query & 0xffff0000u);
    acc = (Acc)_mm256_fmadd_ps((__m256)even_row, (__m256)even_query, (__m256)acc);
    return (Acc)_mm256_fmadd_ps((__m256)odd_row, (__m256)odd_query, (__m256)acc);
  }
  static float total(Acc acc) { return total_of(acc); }
};

struct I8 {
  typedef Ints Acc;
  static constexpr bool kExact = true;
  // |code| times (code's sign times query): the sum of two such products fits 16 bits.
  static Acc step(Acc acc, Cells row, Cells query) {
    const __m256i codes = (__m256i)(row ^ 0x80808080u);
    const __m256i pairs =
        _mm256_maddubs_epi16(_mm256_abs_epi8(codes), _mm256_sign_epi8((__m256i)query, codes));
    return acc + (Acc)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
  }
  static int32_t total(Acc acc) { return total_of(acc); }
};

#include "index/scan_sums.inc"

#include "index/scan_filter.inc"

SIGHTLINE_SCAN_KERNELS("avx2", 0);

}  // namespace
}  // namespace sightline::index::avx2

#pragma GCC pop_options

namespace sightline::index {
const ScanKernels* avx2_scan_kernels() {
  return &avx2::kKernels;
}
}  // namespace sightline::index

#else
namespace sightline::index {
const ScanKernels* avx2_scan_kernels() {
  return nullptr;
}
}  // namespace sightline::index
#endif
