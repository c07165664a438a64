#include "feedback/ridge.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/parallel.h"

namespace sightline::feedback {
namespace {

void add_scaled(double factor, const double* from, double* to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] += factor * from[i];
}

// Replaces the upper triangle of a positive definite matrix by U with U^T U = matrix.
void factorize(Table& matrix) {
  const int64_t n = matrix.rows;
  // Rounding can make a pivot of a nearly singular matrix negative.
  double largest = 0;
  for (int64_t j = 0; j < n; ++j) largest = std::max(largest, matrix.row(j)[j]);
  const double least = 1e-14 * largest + 1e-300;
  for (int64_t j = 0; j < n; ++j) {
    double* pivot = matrix.row(j);
    const double root = std::sqrt(std::max(pivot[j], least));
    for (int64_t k = j; k < n; ++k) pivot[k] /= root;
    pivot[j] = root;
    for (int64_t i = j + 1; i < n; ++i) add_scaled(-pivot[i], pivot + i, matrix.row(i) + i, n - i);
  }
}

// Solves matrix * x = y for each column of y; matrix (M, M) is positive definite and small.
Table solve(Table matrix, Table y) {
  factorize(matrix);
  for (int64_t j = 0; j < y.rows; ++j) {
    for (int64_t c = 0; c < y.columns; ++c) y.row(j)[c] /= matrix.row(j)[j];
    for (int64_t i = j + 1; i < y.rows; ++i)
      add_scaled(-matrix.row(j)[i], y.row(j), y.row(i), y.columns);
  }
  for (int64_t j = y.rows - 1; j >= 0; --j) {
    for (int64_t i = j + 1; i < y.rows; ++i)
      add_scaled(-matrix.row(j)[i], y.row(i), y.row(j), y.columns);
    for (int64_t c = 0; c < y.columns; ++c) y.row(j)[c] /= matrix.row(j)[j];
  }
  return y;
}

}  // namespace

Table gram(const Table& rows) {
  Table out(rows.rows, rows.rows);
  parallel_for(rows.rows, 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      for (int64_t j = 0; j < rows.rows; ++j) {
        double sum = 0;
        for (int64_t d = 0; d < rows.columns; ++d) sum += rows.row(i)[d] * rows.row(j)[d];
        out.row(i)[j] = sum;
      }
    }
  });
  return out;
}

RidgeInverse::RidgeInverse(Table kernel, double ridge) : n_(kernel.rows), factor_(n_, n_) {
  for (int64_t i = 0; i < n_; ++i) kernel.row(i)[i] += ridge;
  factorize(kernel);
  for (int64_t a = 0; a < n_; ++a) {
    double* column = factor_.row(a);
    column[a] = 1;
    for (int64_t j = a; j < n_; ++j) {
      column[j] /= kernel.row(j)[j];
      add_scaled(-column[j], kernel.row(j) + j + 1, column + j + 1, n_ - j - 1);
    }
  }
}

Table RidgeInverse::times(const Table& y) const {
  Table half(n_, y.columns);
  for (int64_t a = 0; a < n_; ++a) {
    for (int64_t k = a; k < n_; ++k)
      add_scaled(factor_.row(a)[k], y.row(a), half.row(k), y.columns);
  }
  Table out(n_, y.columns);
  for (int64_t a = 0; a < n_; ++a) {
    for (int64_t k = a; k < n_; ++k)
      add_scaled(factor_.row(a)[k], half.row(k), out.row(a), y.columns);
  }
  return out;
}

double RidgeInverse::element(int64_t a, int64_t b) const {
  double sum = 0;
  for (int64_t k = std::max(a, b); k < n_; ++k) sum += factor_.row(a)[k] * factor_.row(b)[k];
  return sum;
}

Table RidgeInverse::predict_without_group(const Table& y, std::span<const int64_t> groups) const {
  const Table coefficients = times(y);
  std::map<int64_t, std::vector<int64_t>> members;
  for (int64_t i = 0; i < n_; ++i) members[groups[static_cast<size_t>(i)]].push_back(i);
  Table out(n_, y.columns);
  for (const auto& [group, rows] : members) {
    const auto size = static_cast<int64_t>(rows.size());
    Table block(size, size), residual(size, y.columns);
    for (int64_t i = 0; i < size; ++i) {
      const int64_t a = rows[static_cast<size_t>(i)];
      for (int64_t j = 0; j < size; ++j) block.row(i)[j] = element(a, rows[static_cast<size_t>(j)]);
      std::copy_n(coefficients.row(a), y.columns, residual.row(i));
    }
    residual = solve(std::move(block), std::move(residual));
    for (int64_t i = 0; i < size; ++i) {
      const int64_t a = rows[static_cast<size_t>(i)];
      for (int64_t c = 0; c < y.columns; ++c) out.row(a)[c] = y.row(a)[c] - residual.row(i)[c];
    }
  }
  return out;
}

}  // namespace sightline::feedback
