#include "search/expand_queries.h"

#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/json.h"
#include "search/weighted_sum.h"

namespace sightline {

void expand_query(std::span<const Hit> hits, double weight, const CopyRow& copy,
                  std::span<float> query) {
  if (hits.empty()) return;
  const auto dim = static_cast<int64_t>(query.size());
  Matrix vectors(static_cast<int64_t>(hits.size()), dim);
  for (size_t i = 0; i < hits.size(); ++i)
    copy(hits[i].index, vectors.row(static_cast<int64_t>(i)));
  Matrix both(2, dim);
  const std::vector<double> equal(hits.size(), 1);
  if (!weighted_sum(equal, vectors, 0, both.row(1))) return;
  std::ranges::copy(query, both.row(0).begin());
  const double weights[] = {1, weight};
  weighted_sum(weights, both, 0, query);
}

void expand_queries(const VectorIndex& images, const ExpansionOptions& options, Matrix& queries) {
  check_expansion(options);
  if (!options.active() || queries.rows == 0 || images.rows() == 0) return;
  const auto hits = images.search(queries, {.k = options.hits});
  const CopyRow copy = [&](int64_t row, std::span<float> to) { images.copy_row(row, to); };
  for (int64_t q = 0; q < queries.rows; ++q)
    expand_query(hits[static_cast<size_t>(q)], options.weight, copy, queries.row(q));
}

void check_expansion(const ExpansionOptions& options) {
  if (options.hits >= 0 && options.weight >= 0 && std::isfinite(options.weight)) return;
  throw Error(ErrorCode::invalid_argument, "a query expansion with ", options.hits,
              " hits and weight ", shown(options.weight), "; expected neither to be negative");
}

}  // namespace sightline
