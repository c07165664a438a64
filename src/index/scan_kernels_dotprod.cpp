// The kernels for aarch64 with DotProd; see scan_kernels_avx512_bf16.cpp for the pragma.
#include "index/scan_kernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>

#pragma GCC push_options
#pragma GCC target("arch=armv8.2-a+dotprod")

namespace sightline::index::dotprod {
namespace {

#include "index/neon_common.inc"

using Bf16 = WidenedBf16;

struct I8 {
  typedef Ints Acc;
  static constexpr bool kExact = true;
  static Acc step(Acc acc, Cells row, Cells query) {
    return (Acc)vdotq_s32((int32x4_t)acc, signed_bytes(row ^ 0x80808080u), signed_bytes(query));
  }
  static int32_t total(Acc acc) { return total_of(acc); }
};

#include "index/scan_sums.inc"

#include "index/scan_filter.inc"

SIGHTLINE_SCAN_KERNELS("dotprod", 0);

}  // namespace
}  // namespace sightline::index::dotprod

#pragma GCC pop_options

namespace sightline::index {
const ScanKernels* dotprod_scan_kernels() {
  return &dotprod::kKernels;
}
}  // namespace sightline::index

#else
namespace sightline::index {
const ScanKernels* dotprod_scan_kernels() {
  return nullptr;
}
}  // namespace sightline::index
#endif
