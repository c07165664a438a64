// The kernels for what every processor of the target architecture has: four floats at a time,
// SSE2 on x86-64, NEON on aarch64.
#include "backend/cpu/kernels/cpu_kernels.h"
#include "backend/cpu/kernels/product_kernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace sightline::generic {
namespace {

#include "backend/cpu/kernels/vectors_generic.inc"

#include "backend/cpu/kernels/vector_math.inc"

#include "backend/cpu/kernels/attention_kernel.inc"
#include "backend/cpu/kernels/depthwise_kernel.inc"
#include "backend/cpu/kernels/direct_kernel.inc"
#include "backend/cpu/kernels/fp32_dot.inc"
#include "backend/cpu/kernels/norm_kernel.inc"
#include "backend/cpu/kernels/pool_kernel.inc"
#include "backend/cpu/kernels/product_kernel.inc"

constexpr CpuKernels kKernels = {"generic",       attention_head<F32Products>,
                                 layer_norm_rows, layer_norm_bf16,
                                 small_m_gemm,    epilogue,
                                 round_to_bf16,   kPool<float>};

constexpr Fp32Kernels kFp32 = {"generic", panel_product<Fp32Dot>, depthwise_line<float>};

}  // namespace
}  // namespace sightline::generic

namespace sightline {
const CpuKernels* generic_cpu_kernels() {
  return &generic::kKernels;
}
const Fp32Kernels* generic_fp32_kernels() {
  return &generic::kFp32;
}
}  // namespace sightline
