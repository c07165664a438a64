// The kernels for x86-64 with AVX-512. No -m flag is needed: the pragma covers what follows it,
// and every header is included before it, so that no inline function of theirs is compiled so.
#include "backend/cpu/kernels/cpu_kernels.h"
#include "backend/cpu/kernels/product_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,prfchw,prefer-vector-width=512")

namespace sightline::avx512 {
namespace {

#include "backend/cpu/kernels/vectors_avx512.inc"

#include "backend/cpu/kernels/vector_math.inc"

#include "backend/cpu/kernels/attention_kernel.inc"
#include "backend/cpu/kernels/depthwise_kernel.inc"
#include "backend/cpu/kernels/direct_kernel.inc"
#include "backend/cpu/kernels/fp32_dot.inc"
#include "backend/cpu/kernels/norm_kernel.inc"
#include "backend/cpu/kernels/pool_kernel.inc"
#include "backend/cpu/kernels/product_kernel.inc"

constexpr CpuKernels kKernels = {"avx512",        attention_head<F32Products>,
                                 layer_norm_rows, layer_norm_bf16,
                                 small_m_gemm,    epilogue,
                                 round_to_bf16,   kPool<float>};

constexpr Fp32Kernels kFp32 = {"avx512", panel_product<Fp32Dot>, depthwise_line<float>};

}  // namespace
}  // namespace sightline::avx512

#pragma GCC pop_options

namespace sightline {
const CpuKernels* avx512_cpu_kernels() {
  return &avx512::kKernels;
}
const Fp32Kernels* avx512_fp32_kernels() {
  return &avx512::kFp32;
}
}  // namespace sightline

#else
namespace sightline {
const CpuKernels* avx512_cpu_kernels() {
  return nullptr;
}
const Fp32Kernels* avx512_fp32_kernels() {
  return nullptr;
}
}  // namespace sightline
#endif
