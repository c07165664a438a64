#include "index/scan_kernels.h"

#include "base/cpu_dispatch.h"

namespace sightline::index {
namespace {

const KernelVariants<ScanKernels>& variants() {
  static const KernelVariants<ScanKernels> variants = {
      {InstructionSet::avx512_bf16, avx512_bf16_scan_kernels()},
      {InstructionSet::avx512, avx512_scan_kernels()},
      {InstructionSet::avx2, avx2_scan_kernels()},
      {InstructionSet::i8mm, i8mm_scan_kernels()},
      {InstructionSet::dotprod, dotprod_scan_kernels()},
      {InstructionSet::generic, neon_scan_kernels()},
      {InstructionSet::generic, generic_scan_kernels()}};
  return variants;
}

}  // namespace

std::span<const ScanKernels* const> runnable_scan_kernels() {
  return variants().runnable();
}

const ScanKernels& scan_kernels() {
  return variants().best();
}

}  // namespace sightline::index
