#include "measure/synthetic_vectors.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "base/parallel.h"
#include "base/random.h"

namespace sightline {

std::vector<float> synthetic_vectors(int64_t rows, int64_t dim, uint64_t seed, int64_t clusters) {
  const auto direction = [&](std::initializer_list<uint64_t> purpose, double length, double* to) {
    Random random(purpose);
    const double scale = length / std::sqrt(static_cast<double>(dim));
    for (int64_t d = 0; d < dim; ++d) to[d] += scale * random.normal();
  };
  std::vector<double> centres(static_cast<size_t>(clusters * dim));
  parallel_for(clusters, 16, [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      direction({0x636f6d6d6f6e}, 0.6, centres.data() + c * dim);
      direction({0x63656e747265, static_cast<uint64_t>(c)}, 0.5, centres.data() + c * dim);
    }
  });
  std::vector<float> values(static_cast<size_t>(rows * dim));
  parallel_for(rows, 256, [&](int64_t begin, int64_t end) {
    std::vector<double> row(static_cast<size_t>(dim));
    for (int64_t i = begin; i < end; ++i) {
      const auto centre = static_cast<int64_t>(
          Random({seed, 1, static_cast<uint64_t>(i)}).below(static_cast<uint64_t>(clusters)));
      std::copy_n(centres.begin() + centre * dim, dim, row.begin());
      direction({seed, 2, static_cast<uint64_t>(i)}, 0.5, row.data());
      double sum = 0;
      for (const double x : row) sum += x * x;
      for (int64_t d = 0; d < dim; ++d)
        values[static_cast<size_t>(i * dim + d)] =
            static_cast<float>(row[static_cast<size_t>(d)] / std::sqrt(sum));
    }
  });
  return values;
}

}  // namespace sightline
