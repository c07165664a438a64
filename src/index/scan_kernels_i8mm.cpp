// The kernels for aarch64 with products of matrices of bytes and of bfloat16 (I8MM, BF16); see
// scan_kernels_avx512_bf16.cpp for the pragma.
#include "index/scan_kernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>

#pragma GCC push_options
#pragma GCC target("arch=armv8.2-a+dotprod+i8mm+bf16")

namespace sightline::index::i8mm {
namespace {

#include "index/neon_common.inc"

inline bfloat16x8_t halves(Cells cells) {
  return vreinterpretq_bf16_u32((uint32x4_t)cells);
}

// Beside the members that scan_sums.inc uses: square(acc, rows, queries), which adds the products
// of two cells of two rows and two queries, (row 0, row 1) and (query 0, query 1), to the sums
// (row 0 query 0, row 0 query 1, row 1 query 0, row 1 query 1).
struct Bf16 {
  typedef Vec Acc;
  static constexpr bool kExact = false;
  static Acc step(Acc acc, Cells row, Cells query) {
    return (Acc)vbfdotq_f32((float32x4_t)acc, halves(row), halves(query));
  }
  static Acc square(Acc acc, Cells rows, Cells queries) {
    return (Acc)vbfmmlaq_f32((float32x4_t)acc, halves(rows), halves(queries));
  }
  static float total(Acc acc) { return total_of(acc); }
};

struct I8 {
  typedef Ints Acc;
  static constexpr bool kExact = true;
  static Acc step(Acc acc, Cells row, Cells query) {
    return (Acc)vusdotq_s32((int32x4_t)acc, unsigned_bytes(row), signed_bytes(query));
  }
  static Acc square(Acc acc, Cells rows, Cells queries) {
    return (Acc)vusmmlaq_s32((int32x4_t)acc, unsigned_bytes(rows), signed_bytes(queries));
  }
  static int32_t total(Acc acc) { return total_of(acc); }
};

#include "index/scan_sums.inc"

#include "index/scan_filter.inc"

#include "index/scan_squares.inc"

constexpr ScanKernels kKernels = {"i8mm",
                                  kLanes,
                                  kPanelVectors,
                                  128,
                                  {few_sums<F32>, few_sums<Bf16>, few_sums<I8>},
                                  {many_sums<F32>, many_squares<Bf16>, many_squares<I8>},
                                  filter_rows,
                                  filter_lanes,
                                  read_all};

}  // namespace
}  // namespace sightline::index::i8mm

#pragma GCC pop_options

namespace sightline::index {
const ScanKernels* i8mm_scan_kernels() {
  return &i8mm::kKernels;
}
}  // namespace sightline::index

#else
namespace sightline::index {
const ScanKernels* i8mm_scan_kernels() {
  return nullptr;
}
}  // namespace sightline::index
#endif
