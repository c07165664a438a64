#include "train/fine_tune/products.h"

#include <algorithm>

#include "base/parallel.h"
#include "train/fine_tune/product_kernels.h"

namespace sightline {

Matrix product(const Matrix& a, const Matrix& b) {
  Matrix c(a.rows, b.dim);
  const ProductKernels& kernels = product_kernels();
  parallel_for(a.rows, 32, [&](int64_t begin, int64_t end) {
    std::vector<float> panel(static_cast<size_t>(a.dim * kernels.panel_width));
    kernels.multiply(a.values.data() + begin * a.dim, b.values.data(),
                     c.values.data() + begin * c.dim, end - begin, a.dim, b.dim, panel.data());
  });
  return c;
}

Matrix transposed(const Matrix& a) {
  Matrix t(a.dim, a.rows);
  constexpr int64_t kBlock = 32;
  parallel_for((a.rows + kBlock - 1) / kBlock, 1, [&](int64_t first, int64_t last) {
    for (int64_t block = first; block < last; ++block) {
      const int64_t end = std::min(a.rows, (block + 1) * kBlock);
      for (int64_t column = 0; column < a.dim; ++column) {
        for (int64_t row = block * kBlock; row < end; ++row)
          t.values[static_cast<size_t>(column * a.rows + row)] =
              a.values[static_cast<size_t>(row * a.dim + column)];
      }
    }
  });
  return t;
}

}  // namespace sightline
