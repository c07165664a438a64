#include "eval/similarity.h"

#include <sightline/error.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "index/exact_dot.h"

namespace sightline {
namespace {

constexpr int64_t kLanes = 8;             // candidates per iteration of the inner loop
constexpr int64_t kCandidateBlock = 256;  // 256 x D doubles fit the L2 cache
constexpr int64_t kQueryBlock = 16;

// Two queries times eight candidates, transposed to (D, 8). The compiler vectorizes the loop over
// the independent lanes, and each sum still runs over the elements in order.
void dot_2x8(const double* q0, const double* q1, const double* panel, int64_t dim, double* out0,
             double* out1) {
  double sum0[kLanes] = {}, sum1[kLanes] = {};
  for (int64_t d = 0; d < dim; ++d) {
    const double a = q0[d], b = q1[d];
    const double* c = panel + d * kLanes;
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      sum0[lane] += a * c[lane];
      sum1[lane] += b * c[lane];
    }
  }
  std::copy(sum0, sum0 + kLanes, out0);
  std::copy(sum1, sum1 + kLanes, out1);
}

// Rows [first, first + count) as panels of (D, 8) doubles; missing lanes are zero.
void pack_panels(const Matrix& matrix, int64_t first, int64_t count, std::vector<double>& panels) {
  const int64_t panel_count = (count + kLanes - 1) / kLanes;
  panels.assign(static_cast<size_t>(panel_count * matrix.dim * kLanes), 0.0);
  for (int64_t i = 0; i < count; ++i) {
    const auto row = matrix.row(first + i);
    double* panel = panels.data() + i / kLanes * matrix.dim * kLanes + i % kLanes;
    for (int64_t d = 0; d < matrix.dim; ++d) panel[d * kLanes] = row[static_cast<size_t>(d)];
  }
}

void visit_queries(const Matrix& queries, int64_t begin, int64_t end,
                   const std::vector<double>& panels, int64_t first, int64_t count,
                   const SimilarityVisitor& visit) {
  const int64_t dim = queries.dim;
  std::vector<double> pair(static_cast<size_t>(2 * dim));
  std::vector<double> out0(kCandidateBlock), out1(kCandidateBlock);
  for (int64_t q = begin; q < end; q += 2) {
    const int64_t second = std::min(q + 1, end - 1);
    std::copy_n(queries.row(q).data(), dim, pair.data());
    std::copy_n(queries.row(second).data(), dim, pair.data() + dim);
    for (int64_t c = 0; c < count; c += kLanes) {
      dot_2x8(pair.data(), pair.data() + dim, panels.data() + c * dim, dim, &out0[c], &out1[c]);
    }
    visit(q, first, std::span<const double>(out0).first(static_cast<size_t>(count)));
    if (second != q) {
      visit(second, first, std::span<const double>(out1).first(static_cast<size_t>(count)));
    }
  }
}

}  // namespace

double similarity(std::span<const float> a, std::span<const float> b) {
  return index::exact_dot(a, b);
}

void for_each_similarity(const Matrix& queries, const Matrix& candidates,
                         const SimilarityVisitor& visit) {
  if (queries.rows > 0 && candidates.rows > 0 && queries.dim != candidates.dim) {
    throw Error(ErrorCode::invalid_argument, "cannot compare vectors of dimension ", queries.dim,
                " with vectors of dimension ", candidates.dim);
  }
  std::vector<double> panels;
  for (int64_t first = 0; first < candidates.rows; first += kCandidateBlock) {
    const int64_t count = std::min(kCandidateBlock, candidates.rows - first);
    pack_panels(candidates, first, count, panels);
    parallel_for(queries.rows, kQueryBlock, [&](int64_t begin, int64_t end) {
      visit_queries(queries, begin, end, panels, first, count, visit);
    });
  }
}

}  // namespace sightline
