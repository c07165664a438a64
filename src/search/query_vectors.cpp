#include "search/query_vectors.h"

#include <sightline/error.h>

#include <algorithm>
#include <cmath>

#include "base/finite.h"
#include "search/encode_terms.h"

namespace sightline {
namespace {

// Relative to the sum of the absolute weights. Elements of float32 vectors of unit length have
// errors of about 6e-8.
constexpr double kCancelled = 1e-6;

double norm_of(std::span<const double> vector) {
  double sum = 0;
  for (const double value : vector) sum += value * value;
  return std::sqrt(sum);
}

void check_finite(const Matrix& vectors, int64_t first, const Query& query, size_t index) {
  for (size_t t = 0; t < query.terms.size(); ++t) {
    if (all_finite(vectors.row(first + static_cast<int64_t>(t)))) continue;
    throw Error(ErrorCode::invalid_argument, "the vector of query ", index, " ('",
                query.terms[t].name, "') has a NaN or an infinity");
  }
}

}  // namespace

bool weighted_sum(std::span<const QueryTerm> terms, const Matrix& vectors, int64_t first,
                  std::span<float> out) {
  std::vector<double> sum(out.size());
  double largest = 0, weights = 0;
  for (const QueryTerm& term : terms) largest = std::max(largest, std::abs(term.weight));
  for (size_t t = 0; t < terms.size(); ++t) {
    const auto row = vectors.row(first + static_cast<int64_t>(t));
    const std::vector<double> vector(row.begin(), row.end());
    const double norm = norm_of(vector);
    if (norm == 0) {
      throw Error(ErrorCode::invalid_argument, "the vector of '", terms[t].name,
                  "' is zero: it has no direction");
    }
    const double weight = terms[t].weight / largest;  // so that no sum overflows
    for (size_t d = 0; d < sum.size(); ++d) sum[d] += weight * (vector[d] / norm);
    weights += std::abs(weight);
  }
  const double norm = norm_of(sum);
  if (!(norm > kCancelled * weights)) return false;
  for (size_t d = 0; d < sum.size(); ++d) out[d] = static_cast<float>(sum[d] / norm);
  return true;
}

Matrix query_vectors(std::span<const Query> queries, const Collection& collection,
                     const Model* model, std::vector<std::string>& warnings) {
  std::vector<const QueryTerm*> terms;
  for (const Query& query : queries) {
    for (const QueryTerm& term : query.terms) terms.push_back(&term);
  }
  const Matrix vectors = encode_terms(terms, collection, model, warnings);
  Matrix out(static_cast<int64_t>(queries.size()), vectors.dim);
  int64_t first = 0;
  for (size_t q = 0; q < queries.size(); ++q) {
    const Query& query = queries[q];
    const auto row = out.row(static_cast<int64_t>(q));
    check_finite(vectors, first, query, q);
    if (query.terms.size() == 1 && query.terms[0].weight == 1) {
      std::ranges::copy(vectors.row(first), row.begin());
    } else if (!query.terms.empty() && !weighted_sum(query.terms, vectors, first, row)) {
      throw Error(ErrorCode::invalid_argument, "the terms of '", query.name,
                  "' cancel each other, so that nothing is left to search for");
    }
    first += static_cast<int64_t>(query.terms.size());
  }
  return out;
}

}  // namespace sightline
