// Products for what every processor of the target architecture has.
#include "backend/cpu/kernels/product_kernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace sightline::generic {
namespace {

#include "backend/cpu/kernels/vectors_generic.inc"

#include "backend/cpu/kernels/vector_math.inc"

#include "backend/cpu/kernels/attention_kernel.inc"
#include "backend/cpu/kernels/bf16_dot.inc"
#include "backend/cpu/kernels/depthwise_kernel.inc"
#include "backend/cpu/kernels/pool_kernel.inc"
#include "backend/cpu/kernels/product_kernel.inc"
#include "backend/cpu/kernels/quantize_kernel.inc"
#include "backend/cpu/kernels/table_of_bf16.inc"

#if defined(__aarch64__)
#include "backend/cpu/kernels/int8_dot_neon.inc"
#else
// The products of two vectors of signed 16-bit numbers, neighbours added.
inline Ints multiply_add_pairs(Ints a, Ints b) {
  typedef int32_t Signed __attribute__((vector_size(sizeof(Ints))));
  const Signed low = ((Signed)(a << 16) >> 16) * ((Signed)(b << 16) >> 16);
  return (Ints)(low + ((Signed)a >> 16) * ((Signed)b >> 16));
}

#include "backend/cpu/kernels/int8_dot.inc"
#endif

constexpr Bf16Kernels kBf16 = bf16_table<Bf16Dot>("generic", false);
constexpr Int8Kernels kInt8 = {
    "generic", false, kTileRows, panel_product<Int8Dot>, kQuantize<float>, kQuantize<uint16_t>};

}  // namespace
}  // namespace sightline::generic

namespace sightline {
const Bf16Kernels* generic_bf16_kernels() {
  return &generic::kBf16;
}
const Int8Kernels* generic_int8_kernels() {
  return &generic::kInt8;
}
}  // namespace sightline
