// The kernels for what every processor of the target architecture has, without intrinsics: four
// cells at a time.
#include "index/scan_kernels.h"

namespace sightline::index::generic {
namespace {

constexpr int kLanes = 4;
constexpr int kFewChains = 2;
constexpr int kPrefetchBytes = 2048;
typedef float Vec __attribute__((vector_size(16)));
typedef uint32_t Cells __attribute__((vector_size(16)));
typedef int32_t Ints __attribute__((vector_size(16)));

constexpr int kPanelVectors = 2;
constexpr int kManyRows = 4;
inline Vec multiply_add(Vec a, Vec b, Vec c) {
  return a * b + c;
}
// Byte k of every cell, with its sign, by shifts: baseline vectors have no wider instruction for
// it.
inline Ints dot_bytes(Cells row, Cells query) {
  const Ints a = (Ints)(row ^ 0x80808080u), b = (Ints)query;
  return (a << 24 >> 24) * (b << 24 >> 24) + (a << 16 >> 24) * (b << 16 >> 24) +
         (a << 8 >> 24) * (b << 8 >> 24) + (a >> 24) * (b >> 24);
}

inline Cells splat(uint32_t cell) {
  return Cells{cell, cell, cell, cell};
}
inline uint32_t at_least(Vec a, Vec b) {
  uint32_t mask = 0;
  for (int i = 0; i < kLanes; ++i) mask |= static_cast<uint32_t>(a[i] >= b[i]) << i;
  return mask;
}

struct F32 {
  typedef Vec Acc;
  static constexpr bool kExact = false;
  static Acc step(Acc acc, Cells row, Cells query) {
    return multiply_add((Vec)row, (Vec)query, acc);
  }
  static float total(Acc v) { return (v[0] + v[2]) + (v[1] + v[3]); }
};

struct Bf16 {
  typedef Vec Acc;
  static constexpr bool kExact = false;
  static Acc step(Acc acc, Cells row, Cells query) {
    acc = multiply_add((Vec)(row << 16), (Vec)(query << 16), acc);
    return multiply_add((Vec)(row & 0xffff0000u), (Vec)(query & 0xffff0000u), acc);
  }
  static float total(Acc v) { return (v[0] + v[2]) + (v[1] + v[3]); }
};

struct I8 {
  typedef Ints Acc;
  static constexpr bool kExact = true;
  static Acc step(Acc acc, Cells row, Cells query) { return acc + dot_bytes(row, query); }
  static int32_t total(Acc v) { return (v[0] + v[2]) + (v[1] + v[3]); }
};

#include "index/scan_sums.inc"

#include "index/scan_filter.inc"

SIGHTLINE_SCAN_KERNELS("generic", 0);

}  // namespace
}  // namespace sightline::index::generic

namespace sightline::index {
const ScanKernels* generic_scan_kernels() {
  return &generic::kKernels;
}
}  // namespace sightline::index
