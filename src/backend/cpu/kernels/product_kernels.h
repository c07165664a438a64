// Kernels of convolutions, and of linear layers in low precision: matrix products with everything
// that follows them in one pass. Single-threaded, selected at run time (base/cpu_dispatch.h); the
// callers (quantized_linear.cpp, convolution.cpp, depthwise.cpp) pack the operands and split the
// work over threads.
//
// A product's depth K is counted in units of 32 bits: one f32 number, two of bf16, or four bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "backend/cpu/kernels/cpu_kernels.h"
#include "backend/cpu/kernels/quantization.h"
#include "ops/ops.h"

namespace sightline {

// Output columns in one packed panel of weights, whatever the instruction set: 2 vectors of 16.
constexpr int64_t kPanelColumns = 32;

// lines x rows x columns of  activation(a W + bias) + residual.
struct PanelProduct {
  const uint32_t* a = nullptr;  // rows, a_stride units apart; they may overlap
  int64_t a_stride = 0;
  // Units after the end of the last row that may be read. Finite numbers there have no influence.
  int64_t readable_units = 0;
  const uint32_t* panel =
      nullptr;  // (segments, depth, kPanelColumns) units; zeros beyond `columns`
  // A row is `segments` runs of `depth` units, segment_stride units apart: a convolution's window
  // is a run on each line of the image.
  int64_t segments = 1;
  int64_t segment_stride = 0;
  int64_t depth = 0;
  int64_t rows = 0;
  int64_t columns = 0;          // 1..kPanelColumns
  const float* bias = nullptr;  // (kPanelColumns), or null
  Activation activation = Activation::none;
  const void* residual = nullptr;  // rows, residual_stride numbers apart: bf16 or f32; or null
  int64_t residual_stride = 0;
  bool residual_bf16 = false;
  bool residual_first = false;  // activation(a W + bias + residual) instead
  void* out = nullptr;          // rows, out_stride numbers apart: bf16 or f32
  int64_t out_stride = 0;
  bool out_bf16 = false;
  // Results of bf16 alone: (2, kPanelColumns) bf16 numbers, 64-byte aligned, which are replaced so
  // that their range includes the results' as well; or null. Kernels without finds_extremes ignore
  // it.
  uint16_t* extremes = nullptr;
  // More lines of `rows` rows, all with the same scale and zero: distances from line to line.
  int64_t lines = 1;
  int64_t a_line = 0;                       // units
  int64_t residual_line = 0, out_line = 0;  // numbers
  // int8 alone. a = row_scale * (a's byte - row_zero), weight = column_scale * (its byte);
  // column_sum is the sum of a column's bytes.
  const float* row_scale = nullptr;     // (rows), row_step apart
  const int32_t* row_zero = nullptr;    // (rows), row_step apart
  int64_t row_step = 1;                 // 0: one scale and one zero for all rows
  const float* column_scale = nullptr;  // (kPanelColumns)
  const int32_t* column_sum = nullptr;  // (kPanelColumns)
};

// Channels whose weights a depthwise convolution stores together, whatever the instruction set.
constexpr int64_t kDepthwiseBlock = 16;

// One line of output pixels of a depthwise convolution; Number is float, or uint16_t for bf16.
template <class Number>
struct DepthwiseLine {
  // The input pixels of `kernel` lines, with their border; addresses of lines are `pitch` apart.
  // Pixel j of line i is `channels` numbers at pixels[i * pitch + j].
  const Number* const* pixels = nullptr;
  int64_t pitch = 0;
  // The `stride` lines below those, below_pitch pixels apart, to prefetch for the next line; or
  // null.
  const Number* below = nullptr;
  int64_t below_pitch = 0;
  int64_t kernel = 0;  // R
  int64_t stride = 1;
  int64_t columns = 0;   // output pixels
  int64_t channels = 0;  // C
  // (blocks, 1 + R * R, kDepthwiseBlock): the bias, then the weights of the window's pixels. Where
  // C is larger than a block, the last block is C's last channels, which may overlap those of the
  // block before it.
  const float* weights = nullptr;
  Activation activation = Activation::none;  // follows the residual
  const Number* residual = nullptr;          // (columns, channels), or null
  // (columns, channels). May be the residual where no blocks overlap.
  Number* out = nullptr;
};

struct Fp32Kernels {
  std::string_view name;  // "avx512", "avx2", "generic"
  void (*panel_product)(const PanelProduct& product);
  void (*depthwise_line)(const DepthwiseLine<float>& line);
};

struct Bf16Kernels {
  std::string_view name;  // "amx", "avx512_bf16", "avx2", "i8mm", "generic"
  bool native;            // the processor multiplies this type itself, faster than f32
  int64_t tile_rows;      // of a tile of sums: products of fewer rows are less efficient
  void (*panel_product)(const PanelProduct& product);
  // scratch as for CpuKernels::attention_head.
  void (*attention_head)(const AttentionHead<uint16_t>& head, float* scratch);
  void (*depthwise_line)(const DepthwiseLine<uint16_t>& line);
  PoolKernels<uint16_t> pool;
  bool finds_extremes = false;  // of results (PanelProduct::extremes)
};

struct Int8Kernels {
  std::string_view name;  // "amx", "avx512_vnni", "avx2", "i8mm", "dotprod", "generic"
  bool native;
  int64_t tile_rows;
  void (*panel_product)(const PanelProduct& product);
  QuantizeKernels<float> f32;
  QuantizeKernels<uint16_t> bf16;
  bool finds_extremes = false;
};

// The best variant that this processor runs.
const Fp32Kernels& fp32_kernels();
const Bf16Kernels& bf16_kernels();
const Int8Kernels& int8_kernels();

// Every variant that this processor runs, best first.
std::span<const Fp32Kernels* const> runnable_fp32_kernels();
std::span<const Bf16Kernels* const> runnable_bf16_kernels();
std::span<const Int8Kernels* const> runnable_int8_kernels();

// Each is in product_kernels_<instruction set>.cpp; null where that was built for another
// architecture. The fp32 kernels are in cpu_kernels_<instruction set>.cpp, since a processor with
// AVX-512 need not have BF16.
const Bf16Kernels* amx_bf16_kernels();
const Bf16Kernels* avx512_bf16_bf16_kernels();
const Bf16Kernels* avx2_bf16_kernels();
const Bf16Kernels* i8mm_bf16_kernels();
const Bf16Kernels* generic_bf16_kernels();
const Int8Kernels* amx_int8_kernels();
const Int8Kernels* avx512_bf16_int8_kernels();
const Int8Kernels* avx2_int8_kernels();
const Int8Kernels* i8mm_int8_kernels();
const Int8Kernels* dotprod_int8_kernels();
const Int8Kernels* generic_int8_kernels();

}  // namespace sightline
