// The kernels for what every processor of the target architecture has: four floats at a time,
// SSE2 on x86-64, NEON on aarch64.
#include "backend/onednn/cpu_kernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace sightline::generic {
namespace {

#include "backend/onednn/vectors_generic.inc"
#include "backend/onednn/vector_math.inc"

#include "backend/onednn/attention_kernel.inc"
#include "backend/onednn/direct_kernel.inc"
#include "backend/onednn/norm_kernel.inc"

constexpr CpuKernels kKernels = {"generic", attention_head<F32Products>, layer_norm_rows,
                                 layer_norm_bf16, direct_product, finish_numbers,
                                 round_to_bf16};

}  // namespace
}  // namespace sightline::generic

namespace sightline {
const CpuKernels* generic_kernels() { return &generic::kKernels; }
}  // namespace sightline
