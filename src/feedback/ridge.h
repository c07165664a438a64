// Kernel ridge regression with its leave-group-out predictions in closed form.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sightline::feedback {

// A (rows, columns) matrix of double, row-major.
struct Table {
  int64_t rows = 0, columns = 0;
  std::vector<double> values;

  Table() = default;
  Table(int64_t row_count, int64_t column_count)
      : rows(row_count),
        columns(column_count),
        values(static_cast<size_t>(row_count * column_count)) {}
  double* row(int64_t i) { return values.data() + i * columns; }
  const double* row(int64_t i) const { return values.data() + i * columns; }
};

// Inner products of rows, (N, N). Parallel.
Table gram(const Table& rows);

// The inverse of kernel + ridge * identity, through its Cholesky factor.
class RidgeInverse {
 public:
  // `ridge` > 0; `kernel` (N, N) is positive semidefinite.
  RidgeInverse(Table kernel, double ridge);

  // Returns the inverse times y, (N, C): the coefficients of the regression.
  Table times(const Table& y) const;
  // Returns for each row its prediction by the regression on all rows of other groups. The residual
  // of group g is inverse_gg^-1 (inverse y)_g: Allen's PRESS, for groups. groups: (N).
  Table predict_without_group(const Table& y, std::span<const int64_t> groups) const;

 private:
  double element(int64_t a, int64_t b) const;  // of the inverse

  int64_t n_;
  Table factor_;  // row a: column a of the inverse of the lower Cholesky factor
};

}  // namespace sightline::feedback
