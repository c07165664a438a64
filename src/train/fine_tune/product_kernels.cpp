#include "train/fine_tune/product_kernels.h"

#include "base/cpu_dispatch.h"

namespace sightline {
namespace {

constexpr int64_t kLanes = 4;
typedef float Vec __attribute__((vector_size(16)));

#include "train/fine_tune/product_kernel.inc"

}  // namespace

const ProductKernels& product_kernels() {
  static const KernelVariants<ProductKernels> variants = {
      {InstructionSet::avx512, product_kernels_avx512()},
      {InstructionSet::avx2, product_kernels_avx2()},
      {InstructionSet::generic, &kKernels}};
  return variants.best();
}

}  // namespace sightline
