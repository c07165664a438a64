// The product of two matrices, compiled for several instruction sets.
#pragma once

#include <cstdint>

namespace sightline {

struct ProductKernels {
  // c (rows, columns) = a (rows, inner) * b (inner, columns), row-major; every element is summed in
  // the order of `inner`. `panel`: room for inner * panel_width floats.
  void (*multiply)(const float* a, const float* b, float* c, int64_t rows, int64_t inner,
                   int64_t columns, float* panel);
  int64_t panel_width;
};

const ProductKernels& product_kernels();
const ProductKernels* product_kernels_avx2();    // null on other architectures
const ProductKernels* product_kernels_avx512();  // null on other architectures

}  // namespace sightline
