// Explanations of queries: words are left out of one term at a time.
#include <sightline/error.h>
#include <sightline/explain.h>

#include <utility>

#include "base/text.h"
#include "explain/explained_image.h"
#include "explain/masked_encoder.h"
#include "explain/words.h"
#include "search/encode_terms.h"
#include "search/weighted_sum.h"

namespace sightline {
namespace {

// A word of a term, and the term without it. The text of a term of one word becomes blank.
struct LeftOut {
  WordContribution word;
  QueryTerm term;
};

std::vector<LeftOut> leave_out_words(const Query& query, int64_t max_words) {
  std::vector<LeftOut> out;
  size_t count = 0;
  for (const QueryTerm& term : query.terms)
    if (term.type == QueryType::text) count += words_of(term.name).size();
  if (query.terms.empty() || count > 0) check_words(count, max_words);
  for (size_t t = 0; t < query.terms.size(); ++t) {
    if (query.terms[t].type != QueryType::text) continue;
    const std::vector<std::string> words = words_of(query.terms[t].name);
    for (size_t w = 0; w < words.size(); ++w) {
      LeftOut left;
      left.word.word = words[w];
      left.word.term = t;
      left.term = query.terms[t];
      left.term.name = without(words, w);
      out.push_back(std::move(left));
    }
  }
  return out;
}

// The weighted sum of the query's terms, the first rows of `encoded`. `changed`: the row that
// stands for term `term`; -1: the term is left out. Returns nothing if the terms cancel each other
// or none is left.
std::optional<std::vector<float>> sum_of(const Query& query, const Matrix& encoded, size_t term,
                                         int64_t changed) {
  Matrix rows(0, encoded.dim);
  std::vector<double> weights;
  for (size_t t = 0; t < query.terms.size(); ++t) {
    const int64_t from = t == term ? changed : static_cast<int64_t>(t);
    if (from < 0) continue;
    const auto row = encoded.row(from);
    rows.values.insert(rows.values.end(), row.begin(), row.end());
    ++rows.rows;
    weights.push_back(query.terms[t].weight);
  }
  std::vector<float> out(static_cast<size_t>(encoded.dim));
  if (weights.empty() || !weighted_sum(weights, rows, 0, out)) return std::nullopt;
  return out;
}

}  // namespace

Explanation explain_query(const Collection& collection, const Model& model,
                          std::span<const uint8_t> image, const std::string& name,
                          const Query& query, const TextCorrection* correction,
                          const ExplainOptions& options) {
  const std::vector<LeftOut> words = leave_out_words(query, options.max_words);
  const ExplainedImage explained(model, image, name, options);
  const bool single = query.terms.size() == 1;  // its last word leaves the empty text
  std::vector<const QueryTerm*> terms;
  for (const QueryTerm& term : query.terms) terms.push_back(&term);
  for (const LeftOut& one : words)
    if (single || !is_blank(one.term.name)) terms.push_back(&one.term);
  std::vector<std::string> ignored;
  const EncodedTerms encoded = encode_terms(terms, collection, &model, {}, correction, ignored);

  const size_t none = query.terms.size();
  const auto whole = sum_of(query, encoded.vectors, none, 0);
  if (!whole) {
    throw Error(ErrorCode::invalid_argument, "the terms of '", query.name,
                "' cancel each other, so that nothing is left to explain");
  }
  Explanation out = explained.explain(*whole);
  auto next = static_cast<int64_t>(query.terms.size());
  for (const LeftOut& one : words) {
    const int64_t row = single || !is_blank(one.term.name) ? next++ : -1;
    const auto rest = sum_of(query, encoded.vectors, one.word.term, row);
    const double similarity =
        rest ? checked_cosine(explained.vector(), *rest, "image and shortened query") : 0;
    out.words.push_back(one.word);
    out.words.back().contribution = out.similarity - similarity;
  }
  out.parts.assign(encoded.parts.begin(),
                   encoded.parts.begin() + static_cast<ptrdiff_t>(query.terms.size()));
  return out;
}

}  // namespace sightline
