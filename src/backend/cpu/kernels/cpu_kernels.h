// Single-threaded kernels of the cpu backend, selected at run time (base/cpu_dispatch.h).
// The callers (cpu_ops.cpp) split the work over threads.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "ops/ops.h"

namespace sightline {

// One head of one sequence; Number is float, or uint16_t for bf16. Rows of q, k, v are `stride`
// numbers apart, rows of out `out_stride`. Row i of q is position i, and sees all of k and v unless
// `causal`.
template <class Number>
struct AttentionHead {
  const Number* q;
  const Number* k;
  const Number* v;
  Number* out;
  int64_t queries;    // rows of q and out: T, or fewer
  int64_t positions;  // rows of k and v: T
  int64_t width;      // of the head
  int64_t stride;
  int64_t out_stride;
  bool causal;      // position t sees 0..t; then queries is at most positions
  float scale = 0;  // of the scores; 0: 1 / sqrt(width)
  // Added to the scaled scores, rows (queries) bias_stride apart; null: none.
  const float* bias = nullptr;
  int64_t bias_stride = 0;
};

// out (width) = the mean of `count` rows, or the largest number of each place. Number is float, or
// uint16_t for bf16.
template <class Number>
struct PoolKernels {
  void (*mean)(const Number* const* rows, int64_t count, int64_t width, Number* out);
  void (*largest)(const Number* const* rows, int64_t count, int64_t width, Number* out);
};

struct Fp32Kernels;  // product_kernels.h

struct CpuKernels {
  std::string_view name;  // "avx512", "avx2", "generic"

  // out = softmax(scale * q k^T + bias) v.
  // scratch: attention_scratch_floats(positions, width) floats, 64-byte aligned.
  void (*attention_head)(const AttentionHead<float>& head, float* scratch);

  // Rows of `width` floats, one after the other:
  // out = (x - mean) / sqrt(var + eps) * gamma + beta, var biased.
  void (*layer_norm_rows)(const float* x, const float* gamma, const float* beta, float eps,
                          int64_t rows, int64_t width, float* out);
  // The same, rounded to bf16.
  void (*layer_norm_bf16)(const float* x, const float* gamma, const float* beta, float eps,
                          int64_t rows, int64_t width, uint16_t* out);
  // out (rows, columns; rows out_stride apart) = x (rows, depth) times weight (columns, depth)
  // transposed, for few rows.
  void (*small_m_gemm)(const float* x, int64_t rows, int64_t depth, const float* weight,
                       int64_t columns, float* out, int64_t out_stride);
  // values = activation(values + bias) + residual; bias and residual may be null.
  void (*epilogue)(float* values, int64_t count, const float* bias, Activation activation,
                   const float* residual);
  // f32 to bf16, nearest even.
  void (*round_to_bf16)(const float* x, int64_t count, uint16_t* out);
  PoolKernels<float> pool;
};

int64_t attention_scratch_floats(int64_t positions, int64_t width);

// The best variant that this processor runs.
const CpuKernels& cpu_kernels();

// Every variant that this processor runs, best first.
std::span<const CpuKernels* const> runnable_cpu_kernels();

// Each is in cpu_kernels_<instruction set>.cpp; null where that was built for another architecture.
const CpuKernels* avx512_cpu_kernels();
const CpuKernels* avx2_cpu_kernels();
const CpuKernels* generic_cpu_kernels();
// Kernels of convolutions (product_kernels.h), which need no other instructions.
const Fp32Kernels* avx512_fp32_kernels();
const Fp32Kernels* avx2_fp32_kernels();
const Fp32Kernels* generic_fp32_kernels();

}  // namespace sightline
