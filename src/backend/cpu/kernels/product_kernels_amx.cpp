// Products for x86-64 with AMX: tiles of 16 rows of 64 bytes, multiplied by a unit of their own.
// All other kernels are those for AVX512-BF16. See cpu_kernels_avx512.cpp for the pragma.
#include "backend/cpu/kernels/product_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include <algorithm>

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

struct Bf16Tiles {
  static constexpr bool kScaled = false;
  static Vec sums(const PanelProduct&, int64_t, int64_t, const float* from) { return load(from); }
};
struct Int8Tiles {
  static constexpr bool kScaled = true;
  typedef int32_t Sum __attribute__((vector_size(64)));
  static Vec sums(const PanelProduct& product, int64_t row, int64_t n, const float* from) {
    Sum sums, columns;
    __builtin_memcpy(&sums, from, sizeof sums);
    __builtin_memcpy(&columns, product.column_sum + n, sizeof columns);
    return __builtin_convertvector(sums - columns * product.row_zero[row * product.row_step], Vec);
  }
};

constexpr int64_t kPanelPitch = 4 * kPanelColumns;  // bytes

// Sums of a block that wait for their epilogue, which runs between the products of the next block:
// vectors and tiles have units of their own.
template <class Tiles>
struct Pending {
  explicit Pending(const PanelProduct& all) : product(all) {}

  const PanelProduct& product;
  int64_t first_row = 0, next = 0, rows = 0;
  alignas(64) float values[kBlock * kPanelColumns];  // the first `rows` rows are set

  void run(int64_t count) {
    for (const int64_t end = std::min(rows, next + count); next < end; ++next) {
      const int64_t row = first_row + next;
      const float* const from = values + next * kPanelColumns;
#pragma GCC unroll 2
      for (int64_t n = 0; n < kPanelColumns; n += kLanes) {
        if (n < product.columns)
          finish<Tiles::kScaled>(product, row, n, Tiles::sums(product, row, n, from + n));
      }
    }
  }
};

// The last units of a run, fewer than kSide. Zeros stand for the units of a before them, so that b
// may be read from the step's usual distance before the end.
template <class Tiles, int kRows, int kColumns>
inline void multiply_rest(const PanelProduct& product, const uint32_t* a, int64_t rows,
                          const uint32_t* b) {
  const int64_t rest = product.depth % kSide;
  alignas(64) uint32_t a_rows[kBlock * kSide];
  alignas(64) uint32_t b_rows[kSide * kPanelColumns];
  const auto used = static_cast<__mmask16>(0xffffu << (kSide - rest));
  const uint32_t* const from = a + product.depth - kSide;
  for (int64_t row = 0; row < rows; ++row) {
    _mm512_store_si512(a_rows + row * kSide,
                       _mm512_maskz_loadu_epi32(used, from + row * product.a_stride));
  }
  const uint32_t* units = b + (product.depth - kSide) * kPanelColumns;
  if (product.depth < kSide) {  // before the panel there may be nothing
    std::fill_n(b_rows, (kSide - rest) * kPanelColumns, 0u);
    std::copy_n(b, rest * kPanelColumns, b_rows + (kSide - rest) * kPanelColumns);
    units = b_rows;
  }
  finish_writing(a_rows);
  finish_writing(units);
  multiply_tiles<Tiles::kScaled, kRows, kColumns>(a_rows, 4 * kSide, units, kPanelPitch);
}

template <class Tiles, int kRows, int kColumns>
void multiply_block(const PanelProduct& product, int64_t row, int64_t rows,
                    Pending<Tiles>& pending) {
  const int64_t steps = product.segments * ((product.depth + kSide - 1) / kSide);
  const int64_t share = (kBlock + steps - 1) / steps;
  const int64_t a_pitch = 4 * product.a_stride;
  const uint32_t* a = product.a + row * product.a_stride;
  const uint32_t* b = product.panel;
  clear_sums();
  for (int64_t segment = 0; segment < product.segments; ++segment) {
    int64_t k = 0;
    for (; k + kSide <= product.depth; k += kSide) {
      multiply_tiles<Tiles::kScaled, kRows, kColumns>(a + k, a_pitch, b + k * kPanelColumns,
                                                      kPanelPitch);
      pending.run(share);
    }
    if (k < product.depth) {
      multiply_rest<Tiles, kRows, kColumns>(product, a, rows, b);
      pending.run(share);
    }
    a += product.segment_stride;
    b += product.depth * kPanelColumns;
  }
  pending.run(kBlock);
  store_sums<kRows, kColumns>(pending.values, kPanelPitch);
  pending.first_row = row;
  pending.next = 0;
  pending.rows = rows;
}

template <class Tiles>
void tile_product(const PanelProduct& product) {
  Pending<Tiles> pending(product);
  const bool wide = product.columns > kSide;
  int64_t configured = 0;
  for (int64_t row = 0; row < product.rows; row += kBlock) {
    const int64_t rows = std::min(kBlock, product.rows - row);
    if (rows != configured) configure(rows);
    configured = rows;
    if (rows > kSide) {
      if (wide) {
        multiply_block<Tiles, 2, 2>(product, row, rows, pending);
      } else {
        multiply_block<Tiles, 2, 1>(product, row, rows, pending);
      }
    } else if (wide) {
      multiply_block<Tiles, 1, 2>(product, row, rows, pending);
    } else {
      multiply_block<Tiles, 1, 1>(product, row, rows, pending);
    }
  }
  _tile_release();
  pending.run(kBlock);
}

}  // namespace
}  // namespace sightline::amx

#pragma GCC pop_options

namespace sightline {
const Bf16Kernels* amx_bf16_kernels() {
  static const Bf16Kernels kernels = [] {
    Bf16Kernels all = *avx512_bf16_bf16_kernels();
    all.name = "amx";
    all.tile_rows = amx::kBlock;
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
