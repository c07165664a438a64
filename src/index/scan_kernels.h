// Single-threaded kernels of exact search, selected at run time (base/cpu_dispatch.h). They compute
// estimates; query_plan.cpp bounds their error.
//
// A row of any type is a sequence of cells of 32 bits: one float, two bfloat16, or four bytes.
// Bytes hold code + 128 (0 to 255) in rows and the code itself (-127 to 127) in queries, as the x86
// instruction vpdpbusd wants them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sightline::index {

enum class RowType { f32, bf16, i8 };
inline constexpr int kRowTypes = 3;

struct RowBlock {
  const uint8_t* rows;
  int64_t stride;  // bytes from one row to the next
  int64_t count;
  int64_t cells;  // of a row
};

// Converts the sums of one query into estimates of inner products, and filters them.
// estimate = base + row_scale * (scale * sum + low_scale * low_sum)
// It passes where estimate + reach * residual >= cut.
struct FilterQuery {
  float base = 0;
  float scale = 1;
  float low_scale = 0;
  float reach = 0;
  float cut = 0;
};

// The queries of a panel, lane after lane.
struct FilterLanes {
  const float* base;
  const float* scale;
  const float* low_scale;
  const float* reach;
  const float* cut;
};

// Of the rows of a block; null for type f32, which has neither, and scales also for bf16.
struct RowFactors {
  const float* scales;
  const float* residuals;
};

struct Passed {
  int32_t row;   // in the block
  int32_t lane;  // of the panel; 0 from filter_rows
  float estimate;
};

// Rows that a kernel handles at once: callers' blocks may have any count, multiples are fastest.
inline constexpr int64_t kRowTile = 24;
// Queries that few_sums takes at once.
inline constexpr int64_t kFewQueries = 4;

struct ScanKernels {
  std::string_view name;  // "avx512_bf16", "avx512", "avx2", "i8mm", "dotprod", "neon", "generic"
  int64_t lanes;          // of a vector
  int64_t panel_vectors;  // most vectors that a panel has side by side
  int32_t code_offset;    // excess of sums of type i8, in units of the query's code sum

  // sums[q * sums_stride + r] = row r times query q - offsets[q] (of type i8 alone, else ignored).
  // Each query is a row of cells, zero from `cells` to a multiple of 16, query_stride cells apart;
  // 1 <= queries <= kFewQueries.
  using Few = void (*)(const RowBlock& block, const uint32_t* query_cells, int64_t query_stride,
                       int64_t queries, const int32_t* offsets, float* sums, int64_t sums_stride);
  Few few[kRowTypes];

  // sums[r * vectors * lanes + lane], for the queries of a panel: (cells, vectors * lanes) cells.
  using Many = void (*)(const RowBlock& block, const uint32_t* panel, int64_t vectors,
                        const int32_t* offsets, float* sums);
  Many many[kRowTypes];

  // One query, `count` rows: appends what passes to `passed`, returns how many. `low` may be null.
  int64_t (*filter_rows)(const float* sums, const float* low, int64_t count, const RowFactors& rows,
                         const FilterQuery& query, Passed* passed);
  // `queries` lanes (a multiple of `lanes`) of `count` rows, rows `row_lanes` floats apart; the
  // low sums, if any, are `low_at` floats after the sums (0: there are none).
  int64_t (*filter_lanes)(const float* sums, int64_t row_lanes, int64_t low_at, int64_t count,
                          int64_t queries, const RowFactors& rows, const FilterLanes& lanes,
                          Passed* passed);

  // Sums the 32-bit words of `size` bytes and does nothing else: the roofline of every scan.
  uint32_t (*read)(const uint8_t* bytes, int64_t size);
};

// The best variant that this processor runs.
const ScanKernels& scan_kernels();
// Every variant that this processor runs, best first.
std::span<const ScanKernels* const> runnable_scan_kernels();

// Each is in scan_kernels_<instruction set>.cpp; null where that was built for another
// architecture.
const ScanKernels* avx512_bf16_scan_kernels();
const ScanKernels* avx512_scan_kernels();
const ScanKernels* avx2_scan_kernels();
const ScanKernels* i8mm_scan_kernels();
const ScanKernels* dotprod_scan_kernels();
const ScanKernels* neon_scan_kernels();
const ScanKernels* generic_scan_kernels();

}  // namespace sightline::index
