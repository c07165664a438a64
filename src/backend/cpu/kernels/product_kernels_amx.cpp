// Products for x86-64 with AMX: tiles of 16 rows of 64 bytes, multiplied by a unit of their own.
// All other kernels are those for AVX512-BF16. See cpu_kernels_avx512.cpp for the pragma.
#include "backend/cpu/kernels/product_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include <algorithm>
#include <array>

#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,prfchw,prefer-vector-width=512")
#pragma GCC target("avx512bf16,avx512vnni,amx-tile,amx-bf16,amx-int8")

#define SIGHTLINE_AVX512_BF16

namespace sightline::amx {
namespace {

#include "backend/cpu/kernels/vectors_avx512.inc"

#include "backend/cpu/kernels/vector_math.inc"

#include "backend/cpu/kernels/attention_kernel.inc"
#include "backend/cpu/kernels/product_kernel.inc"

#include "backend/cpu/kernels/amx_tiles.inc"

#include "backend/cpu/kernels/attention_tiles.inc"
#include "backend/cpu/kernels/tile_epilogue.inc"

struct Bf16Tiles {
  static constexpr bool kScaled = false;
  static Vec sums(const PanelProduct&, int64_t, int64_t, const float* from) { return load(from); }
};
struct Int8Tiles {
  static constexpr bool kScaled = true;
  static Vec sums(const PanelProduct& product, int64_t row, int64_t n, const float* from) {
    const SignedInts zeros =
        load_ints(product.column_sum + n) * product.row_zero[row * product.row_step];
    return __builtin_convertvector(load_ints(from) - zeros, Vec);
  }
};

#include "backend/cpu/kernels/tile_product.inc"

}  // namespace
}  // namespace sightline::amx

#pragma GCC pop_options

namespace sightline {
const Bf16Kernels* amx_bf16_kernels() {
  static const Bf16Kernels kernels = [] {
    Bf16Kernels all = *avx512_bf16_bf16_kernels();
    all.name = "amx";
    all.tile_rows = amx::kBlock;
    all.finds_extremes = true;
    all.panel_product = amx::tile_product<amx::Bf16Tiles>;
    all.attention_head = amx::attend_in_tiles;
    return all;
  }();
  return &kernels;
}
const Int8Kernels* amx_int8_kernels() {
  static const Int8Kernels kernels = [] {
    Int8Kernels all = *avx512_bf16_int8_kernels();
    all.name = "amx";
    all.tile_rows = amx::kBlock;
    all.finds_extremes = true;
    all.panel_product = amx::tile_product<amx::Int8Tiles>;
    return all;
  }();
  return &kernels;
}
}  // namespace sightline

#else
namespace sightline {
const Bf16Kernels* amx_bf16_kernels() {
  return nullptr;
}
const Int8Kernels* amx_int8_kernels() {
  return nullptr;
}
}  // namespace sightline
#endif
