#include "models/low_rank_product.h"

#include <algorithm>
#include <vector>

#include "base/parallel.h"

namespace sightline {

Tensor plus_low_rank(const Tensor& weight, const float* left, const float* right, int64_t rank,
                     double scale) {
  const int64_t rows = weight.dim(0), columns = weight.dim(1);
  Tensor sum(weight.shape(), DType::f32);
  parallel_for(rows, 16, [&](int64_t begin, int64_t end) {
    std::vector<double> row(static_cast<size_t>(columns));
    for (int64_t n = begin; n < end; ++n) {
      const float* base = weight.data<float>() + n * columns;
      std::copy(base, base + columns, row.begin());
      for (int64_t r = 0; r < rank; ++r) {
        const double factor = scale * left[n * rank + r];
        const float* from = right + r * columns;
        for (int64_t k = 0; k < columns; ++k) row[static_cast<size_t>(k)] += factor * from[k];
      }
      std::copy(row.begin(), row.end(), sum.data<float>() + n * columns);
    }
  });
  return sum;
}

}  // namespace sightline
