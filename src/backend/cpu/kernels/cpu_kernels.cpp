#include "backend/cpu/kernels/cpu_kernels.h"

#include "base/processor.h"

namespace sightline {

int64_t attention_scratch_floats(int64_t positions, int64_t width) {
  // For the widest vector (16) and the tallest block of rows (6) of any table: keys transposed,
  // values with padded rows, blocks of scores, of rounded scores, of results and of queries; see
  // attention_kernel.inc, which lays them out.
  constexpr int64_t kLanes = 16;
  constexpr int64_t kRows = 6;
  const int64_t padded_positions = (positions + kLanes - 1) / kLanes * kLanes;
  const int64_t padded_width = (width + kLanes - 1) / kLanes * kLanes;
  return (width + 2 * kRows) * padded_positions + (positions + 2 * kRows) * padded_width;
}

std::vector<const CpuKernels*> runnable_cpu_kernels() {
  std::vector<const CpuKernels*> tables;
  if (has_avx512() && avx512_kernels() != nullptr) tables.push_back(avx512_kernels());
  if (has_avx2() && avx2_kernels() != nullptr) tables.push_back(avx2_kernels());
  tables.push_back(generic_kernels());
  return tables;
}

const CpuKernels& cpu_kernels() {
  static const CpuKernels* const best = runnable_cpu_kernels().front();
  return *best;
}

}  // namespace sightline
