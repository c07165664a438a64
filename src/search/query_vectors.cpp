#include "search/query_vectors.h"

#include <sightline/error.h>

#include <algorithm>

#include "base/finite.h"
#include "search/encode_terms.h"
#include "search/weighted_sum.h"

namespace sightline {
namespace {

void check_finite(const Matrix& vectors, int64_t first, const Query& query, size_t index) {
  for (size_t t = 0; t < query.terms.size(); ++t) {
    if (all_finite(vectors.row(first + static_cast<int64_t>(t)))) continue;
    throw Error(ErrorCode::invalid_argument, "the vector of query ", index, " ('",
                query.terms[t].name, "') has a NaN or an infinity");
  }
}

// Adds up the rows from `first`, which are those of the query's terms.
void add_terms(const Query& query, const Matrix& vectors, int64_t first, std::span<float> out) {
  std::vector<double> weights;
  for (size_t t = 0; t < query.terms.size(); ++t) {
    weights.push_back(query.terms[t].weight);
    const auto row = vectors.row(first + static_cast<int64_t>(t));
    if (std::ranges::any_of(row, [](float value) { return value != 0; })) continue;
    throw Error(ErrorCode::invalid_argument, "the vector of '", query.terms[t].name,
                "' is zero: it has no direction");
  }
  if (weighted_sum(weights, vectors, first, out)) return;
  throw Error(ErrorCode::invalid_argument, "the terms of '", query.name,
              "' cancel each other, so that nothing is left to search for");
}

}  // namespace

QueryVectors query_vectors(std::span<const Query> queries, const Collection& collection,
                           const Model* model, std::span<const std::string> templates,
                           const TextCorrection* correction, std::vector<std::string>& warnings) {
  std::vector<const QueryTerm*> terms;
  for (const Query& query : queries) {
    for (const QueryTerm& term : query.terms) terms.push_back(&term);
  }
  const EncodedTerms encoded =
      encode_terms(terms, collection, model, templates, correction, warnings);
  QueryVectors out;
  out.vectors = Matrix(static_cast<int64_t>(queries.size()), encoded.vectors.dim);
  int64_t first = 0;
  for (size_t q = 0; q < queries.size(); ++q) {
    const Query& query = queries[q];
    const auto count = static_cast<int64_t>(query.terms.size());
    const auto row = out.vectors.row(static_cast<int64_t>(q));
    check_finite(encoded.vectors, first, query, q);
    if (count == 1 && query.terms[0].weight == 1) {
      std::ranges::copy(encoded.vectors.row(first), row.begin());
    } else if (count > 0) {
      add_terms(query, encoded.vectors, first, row);
    }
    const auto parts = encoded.parts.begin() + first;
    out.parts.emplace_back(parts, parts + count);
    first += count;
  }
  return out;
}

}  // namespace sightline
