// The kernels for x86-64 with AVX2 and FMA.
#include "train/fine_tune/product_kernels.h"

#if defined(__x86_64__)

#pragma GCC push_options
#pragma GCC target("avx2,fma")

namespace sightline {
namespace {

constexpr int64_t kLanes = 8;
typedef float Vec __attribute__((vector_size(32)));

#include "train/fine_tune/product_kernel.inc"

}  // namespace

const ProductKernels* product_kernels_avx2() {
  return &kKernels;
}

}  // namespace sightline

#pragma GCC pop_options

#else

namespace sightline {

const ProductKernels* product_kernels_avx2() {
  return nullptr;
}

}  // namespace sightline

#endif
