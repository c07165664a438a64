// The kernels for x86-64 with AVX-512.
#include "train/fine_tune/product_kernels.h"

#if defined(__x86_64__)

#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,prefer-vector-width=512")

namespace sightline {
namespace {

constexpr int64_t kLanes = 16;
typedef float Vec __attribute__((vector_size(64)));

#include "train/fine_tune/product_kernel.inc"

}  // namespace

const ProductKernels* product_kernels_avx512() {
  return &kKernels;
}

}  // namespace sightline

#pragma GCC pop_options

#else

namespace sightline {

const ProductKernels* product_kernels_avx512() {
  return nullptr;
}

}  // namespace sightline

#endif
