// The kernels for every processor of aarch64.
#include "index/scan_kernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>

namespace sightline::index::neon {
namespace {

#include "index/neon_common.inc"

using Bf16 = WidenedBf16;

struct I8 {
  typedef Ints Acc;
  static constexpr bool kExact = true;
  // The sum of two products fits 16 bits: codes of rows are -128 to 127, those of queries -127 to
  // 127.
  static Acc step(Acc acc, Cells row, Cells query) {
    const int8x16_t a = signed_bytes(row ^ 0x80808080u), b = signed_bytes(query);
    const int16x8_t pairs =
        vpaddq_s16(vmull_s8(vget_low_s8(a), vget_low_s8(b)), vmull_high_s8(a, b));
    return (Acc)vpadalq_s16((int32x4_t)acc, pairs);
  }
  static int32_t total(Acc acc) { return total_of(acc); }
};

#include "index/scan_sums.inc"

#include "index/scan_filter.inc"

SIGHTLINE_SCAN_KERNELS("neon", 0);

}  // namespace
}  // namespace sightline::index::neon

namespace sightline::index {
const ScanKernels* neon_scan_kernels() {
  return &neon::kKernels;
}
}  // namespace sightline::index

#else
namespace sightline::index {
const ScanKernels* neon_scan_kernels() {
  return nullptr;
}
}  // namespace sightline::index
#endif
