// The kernels for x86-64 with AVX2 and FMA; see cpu_kernels_avx512.cpp for the pragma.
#include "backend/cpu/kernels/cpu_kernels.h"
#include "backend/cpu/kernels/product_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx2,fma")

namespace sightline::avx2 {
namespace {

#include "backend/cpu/kernels/vectors_avx2.inc"

#include "backend/cpu/kernels/vector_math.inc"

#include "backend/cpu/kernels/attention_kernel.inc"
#include "backend/cpu/kernels/depthwise_kernel.inc"
#include "backend/cpu/kernels/direct_kernel.inc"
#include "backend/cpu/kernels/fp32_dot.inc"
#include "backend/cpu/kernels/norm_kernel.inc"
#include "backend/cpu/kernels/pool_kernel.inc"
#include "backend/cpu/kernels/product_kernel.inc"

constexpr CpuKernels kKernels = {"avx2",          attention_head<F32Products>,
                                 layer_norm_rows, layer_norm_bf16,
                                 small_m_gemm,    epilogue,
                                 round_to_bf16,   kPool<float>};

constexpr Fp32Kernels kFp32 = {"avx2", panel_product<Fp32Dot>, depthwise_line<float>};

}  // namespace
}  // namespace sightline::avx2

#pragma GCC pop_options

namespace sightline {
const CpuKernels* avx2_cpu_kernels() {
  return &avx2::kKernels;
}
const Fp32Kernels* avx2_fp32_kernels() {
  return &avx2::kFp32;
}
}  // namespace sightline

#else
namespace sightline {
const CpuKernels* avx2_cpu_kernels() {
  return nullptr;
}
const Fp32Kernels* avx2_fp32_kernels() {
  return nullptr;
}
}  // namespace sightline
#endif
