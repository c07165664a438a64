// Kernels of linear layers in low precision: matrix products with everything that follows them in
// one pass. Compiled once for each instruction set and chosen at run time, single-threaded; the
// caller (low_precision.cpp) packs the operands and splits the work over threads.
//
// A product's depth K is counted in units of 32 bits: two bf16 numbers, or four 8-bit ones.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "backend/onednn/cpu_kernels.h"
#include "ops/ops.h"

namespace sightline {

// Output columns in one packed panel of weights, whatever the instruction set: 4 vectors of 16.
constexpr int64_t kPanelColumns = 64;

// rows x columns of  activation(a W + bias) + residual.
struct PanelProduct {
  const uint32_t* a = nullptr;      // rows, a_stride units apart
  int64_t a_stride = 0;
  const uint32_t* panel = nullptr;  // (depth, kPanelColumns) units; zeros beyond `columns`
  int64_t depth = 0;                // K in units
  int64_t rows = 0;
  int64_t columns = 0;              // 1..kPanelColumns
  const float* bias = nullptr;      // (kPanelColumns), or null
  Activation activation = Activation::none;
  const float* residual = nullptr;  // rows, residual_stride floats apart, or null
  int64_t residual_stride = 0;
  void* out = nullptr;              // rows, out_stride numbers apart: bf16 or f32
  int64_t out_stride = 0;
  bool out_bf16 = false;
  // int8 alone. a = row_scale * (a's byte - row_zero), weight = column_scale * (its byte);
  // column_sum is the sum of a column's bytes.
  const float* row_scale = nullptr;       // (rows)
  const int32_t* row_zero = nullptr;      // (rows)
  const float* column_scale = nullptr;    // (kPanelColumns)
  const int32_t* column_sum = nullptr;    // (kPanelColumns)
};

struct Bf16Kernels {
  std::string_view name;  // "avx512_bf16", "avx2", "generic"
  bool native;            // the processor multiplies this type itself, faster than f32
  void (*panel_product)(const PanelProduct& product);
  // scratch as for CpuKernels::attention_head.
  void (*attention_head)(const AttentionHead<uint16_t>& head, float* scratch);
};

struct Int8Kernels {
  std::string_view name;  // "avx512_vnni", "avx2", "generic"
  bool native;
  void (*panel_product)(const PanelProduct& product);
  // Rows of `width` numbers to bytes, x ~ scale * (byte - zero): one scale and one zero a row. Rows
  // of out are out_stride bytes apart (>= width), and zero beyond width.
  void (*quantize_f32)(const float* x, int64_t rows, int64_t width, uint8_t* out,
                       int64_t out_stride, float* scale, int32_t* zero);
  void (*quantize_bf16)(const uint16_t* x, int64_t rows, int64_t width, uint8_t* out,
                        int64_t out_stride, float* scale, int32_t* zero);
};

// The best for this processor.
const Bf16Kernels& bf16_kernels();
const Int8Kernels& int8_kernels();

// Every one that this processor can run, best first (tests compare them).
std::vector<const Bf16Kernels*> runnable_bf16_kernels();
std::vector<const Int8Kernels*> runnable_int8_kernels();

// One a file, products_<name>.cpp; null where the file was compiled for another architecture.
const Bf16Kernels* avx512_bf16_kernels();
const Bf16Kernels* avx2_bf16_kernels();
const Bf16Kernels* generic_bf16_kernels();
const Int8Kernels* avx512_int8_kernels();
const Int8Kernels* avx2_int8_kernels();
const Int8Kernels* generic_int8_kernels();

}  // namespace sightline
