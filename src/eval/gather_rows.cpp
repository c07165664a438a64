#include "eval/gather_rows.h"

#include <algorithm>

namespace sightline {

Matrix gather_rows(const Matrix& matrix, std::span<const int64_t> wanted) {
  Matrix out(static_cast<int64_t>(wanted.size()), matrix.dim);
  for (size_t i = 0; i < wanted.size(); ++i) {
    std::ranges::copy(matrix.row(wanted[i]), out.row(static_cast<int64_t>(i)).begin());
  }
  return out;
}

}  // namespace sightline
