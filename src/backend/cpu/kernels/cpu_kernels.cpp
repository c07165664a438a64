#include "backend/cpu/kernels/cpu_kernels.h"

#include "base/cpu_dispatch.h"

namespace sightline {

int64_t attention_scratch_floats(int64_t positions, int64_t width) {
  // For the widest vector (16) and the tallest block of rows (32, with tiles) of any table: keys
  // transposed, values with padded rows, blocks of scores, of rounded scores, of results and of
  // queries; see attention_kernel.inc and attention_tiles.inc, which lay them out.
  constexpr int64_t kLanes = 16;
  constexpr int64_t kRows = 32;
  const int64_t padded_positions = (positions + 2 * kLanes - 1) / (2 * kLanes) * (2 * kLanes);
  const int64_t padded_width = (width + kLanes - 1) / kLanes * kLanes;
  return (width + 2 * kRows) * padded_positions + (positions + 2 * kRows) * padded_width;
}

namespace {

const KernelVariants<CpuKernels>& variants() {
  static const KernelVariants<CpuKernels> variants = {
      {InstructionSet::avx512, avx512_cpu_kernels()},
      {InstructionSet::avx2, avx2_cpu_kernels()},
      {InstructionSet::generic, generic_cpu_kernels()}};
  return variants;
}

}  // namespace

std::span<const CpuKernels* const> runnable_cpu_kernels() {
  return variants().runnable();
}

const CpuKernels& cpu_kernels() {
  return variants().best();
}

}  // namespace sightline
