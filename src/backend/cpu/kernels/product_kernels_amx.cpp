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

#include "backend/cpu/kernels/product_kernel.inc"

constexpr int64_t kSide = 16;                     // rows of a tile, and units in a row
constexpr int64_t kBlock = 2 * kSide;             // rows and columns of a block: four tiles of sums
constexpr int64_t kSumPitch = 4 * kPanelColumns;  // bytes between rows of a block's sums

// The operand of ldtilecfg.
struct TileConfig {
  uint8_t palette = 1;
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t rows[16] = {};
};
static_assert(sizeof(TileConfig) == 64);

// Tiles 0 to 3 are the sums of a block, row by row; 4 and 5 are rows of a, 6 and 7 of the panel.
void configure(int64_t rows) {
  TileConfig config;
  const auto upper = static_cast<uint8_t>(std::min(rows, kSide));
  const auto lower = static_cast<uint8_t>(std::max<int64_t>(rows - kSide, 1));
  const uint8_t heights[8] = {upper, upper, lower, lower, upper, lower, kSide, kSide};
  for (int tile = 0; tile < 8; ++tile) {
    config.row_bytes[tile] = 64;
    config.rows[tile] = heights[tile];
  }
  _tile_loadconfig(&config);
}

// The intrinsics do not tell the compiler that they read memory.
inline void finish_writing() {
  asm volatile("" ::: "memory");
}

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

#define SIGHTLINE_MULTIPLY(sums, a, b) \
  do {                                 \
    if constexpr (Tiles::kScaled) {    \
      _tile_dpbusd(sums, a, b);        \
    } else {                           \
      _tile_dpbf16ps(sums, a, b);      \
    }                                  \
  } while (false)

// Sums of a block that wait for their epilogue, which runs between the products of the next block:
// vectors and tiles have units of their own.
template <class Tiles>
struct Pending {
  const PanelProduct& product;
  alignas(64) float values[kBlock * kPanelColumns] = {};
  int64_t first_row = 0, next = 0, rows = 0;

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

// The sums of one step of kSide units of depth. kRows, kColumns: tiles.
template <class Tiles, int kRows, int kColumns>
inline void multiply_tiles(const uint32_t* a, int64_t a_pitch, const uint32_t* b) {
  constexpr int64_t kPanelPitch = 4 * kPanelColumns;
  _tile_loadd(6, b, kPanelPitch);
  _tile_loadd(4, a, a_pitch);
  SIGHTLINE_MULTIPLY(0, 4, 6);
  if constexpr (kColumns == 2) {
    _tile_loadd(7, b + kSide, kPanelPitch);
    SIGHTLINE_MULTIPLY(1, 4, 7);
  }
  if constexpr (kRows == 2) {
    _tile_loadd(5, a + kSide * (a_pitch / 4), a_pitch);
    SIGHTLINE_MULTIPLY(2, 5, 6);
    if constexpr (kColumns == 2) SIGHTLINE_MULTIPLY(3, 5, 7);
  }
}

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
  finish_writing();
  multiply_tiles<Tiles, kRows, kColumns>(a_rows, 4 * kSide, units);
}

template <class Tiles, int kRows, int kColumns>
void multiply_block(const PanelProduct& product, int64_t row, int64_t rows,
                    Pending<Tiles>& pending) {
  const int64_t steps = product.segments * ((product.depth + kSide - 1) / kSide);
  const int64_t share = (kBlock + steps - 1) / steps;
  const int64_t a_pitch = 4 * product.a_stride;
  const uint32_t* a = product.a + row * product.a_stride;
  const uint32_t* b = product.panel;
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (int64_t segment = 0; segment < product.segments; ++segment) {
    int64_t k = 0;
    for (; k + kSide <= product.depth; k += kSide) {
      multiply_tiles<Tiles, kRows, kColumns>(a + k, a_pitch, b + k * kPanelColumns);
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
  _tile_stored(0, pending.values, kSumPitch);
  if constexpr (kColumns == 2) _tile_stored(1, pending.values + kSide, kSumPitch);
  if constexpr (kRows == 2) {
    _tile_stored(2, pending.values + kSide * kPanelColumns, kSumPitch);
    if constexpr (kColumns == 2)
      _tile_stored(3, pending.values + kSide * kPanelColumns + kSide, kSumPitch);
  }
  finish_writing();
  pending.first_row = row;
  pending.next = 0;
  pending.rows = rows;
}

template <class Tiles>
void tile_product(const PanelProduct& product) {
  Pending<Tiles> pending{product};
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

#undef SIGHTLINE_MULTIPLY

}  // namespace
}  // namespace sightline::amx

#pragma GCC pop_options

namespace sightline {
const Bf16Kernels* amx_bf16_kernels() {
  static const Bf16Kernels kernels = [] {
    Bf16Kernels all = *avx512_bf16_bf16_kernels();
    all.name = "amx";
    all.panel_product = amx::tile_product<amx::Bf16Tiles>;
    return all;
  }();
  return &kernels;
}
const Int8Kernels* amx_int8_kernels() {
  static const Int8Kernels kernels = [] {
    Int8Kernels all = *avx512_bf16_int8_kernels();
    all.name = "amx";
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
