#include "backend/cpu/kernels/product_kernels.h"

#include "base/processor.h"

namespace sightline {
namespace {

template <class Kernels>
std::vector<const Kernels*> runnable(bool with_avx512, const Kernels* avx512, const Kernels* avx2,
                                     const Kernels* generic) {
  std::vector<const Kernels*> tables;
  if (with_avx512 && avx512 != nullptr) tables.push_back(avx512);
  if (has_avx2() && avx2 != nullptr) tables.push_back(avx2);
  tables.push_back(generic);
  return tables;
}

}  // namespace

std::vector<const Fp32Kernels*> runnable_fp32_kernels() {
  return runnable(has_avx512(), avx512_fp32_kernels(), avx2_fp32_kernels(), generic_fp32_kernels());
}

// products_avx512.cpp holds both types and is compiled for both instructions.
std::vector<const Bf16Kernels*> runnable_bf16_kernels() {
  return runnable(has_avx512_products(), avx512_bf16_kernels(), avx2_bf16_kernels(),
                  generic_bf16_kernels());
}

std::vector<const Int8Kernels*> runnable_int8_kernels() {
  return runnable(has_avx512_products(), avx512_int8_kernels(), avx2_int8_kernels(),
                  generic_int8_kernels());
}

const Fp32Kernels& fp32_kernels() {
  static const Fp32Kernels* const best = runnable_fp32_kernels().front();
  return *best;
}

const Bf16Kernels& bf16_kernels() {
  static const Bf16Kernels* const best = runnable_bf16_kernels().front();
  return *best;
}

const Int8Kernels& int8_kernels() {
  static const Int8Kernels* const best = runnable_int8_kernels().front();
  return *best;
}

}  // namespace sightline
