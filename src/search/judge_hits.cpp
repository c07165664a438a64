#include "search/judge_hits.h"

#include <sightline/encoder.h>

#include <algorithm>
#include <functional>

#include "base/random.h"
#include "search/text_terms.h"

namespace sightline {
namespace {

constexpr int64_t kSampleRows = 4096;

bool only_texts(const Query& query) {
  return !query.terms.empty() && std::ranges::all_of(query.terms, [](const QueryTerm& term) {
    return term.type == QueryType::text;
  });
}

// Returns kSampleRows rows of those that can be hits, or all if there are fewer: one at random of
// each of equal parts.
std::vector<int64_t> sample_rows(const Collection& collection) {
  const int64_t rows = collection.vectors().rows();
  std::vector<int64_t> live;
  if (collection.vectors().live_rows() != rows) {
    const RowMask mask = collection.rows_matching({});
    for (int64_t row = 0; row < rows; ++row) {
      if (mask.has(row)) live.push_back(row);
    }
  }
  const int64_t count = live.empty() ? rows : static_cast<int64_t>(live.size());
  const int64_t wanted = std::min(count, kSampleRows);
  Random random{0x6e756c6c, static_cast<uint64_t>(count)};
  std::vector<int64_t> sample;
  for (int64_t i = 0; i < wanted; ++i) {
    const int64_t begin = i * count / wanted, end = (i + 1) * count / wanted;
    const auto row = begin + static_cast<int64_t>(random.below(static_cast<uint64_t>(end - begin)));
    sample.push_back(live.empty() ? row : live[static_cast<size_t>(row)]);
  }
  return sample;
}

}  // namespace

NullModel estimate_null_model(const Collection& collection, const Matrix& background) {
  const std::vector<int64_t> rows = sample_rows(collection);
  Matrix sample(static_cast<int64_t>(rows.size()), collection.vectors().dim());
  for (size_t i = 0; i < rows.size(); ++i) {
    collection.vectors().copy_row(rows[i], sample.row(static_cast<int64_t>(i)));
  }
  return NullModel::estimate(background, sample);
}

NullModel estimate_null_model(const Collection& collection, const Model& model,
                              std::span<const std::string> templates) {
  std::vector<std::string> warnings;  // of texts in several parts: background texts are short
  return estimate_null_model(
      collection,
      encode_text_terms(background_texts(), Encoder(model), templates, warnings).vectors);
}

void judge_hits(const NullModel& null, std::span<const Query> queries, const Matrix& vectors,
                const std::vector<FoundRows>& found, int64_t live_rows,
                const SignificanceOptions& options, std::vector<QueryHits>& answers) {
  for (size_t q = 0; q < queries.size(); ++q) {
    if (!only_texts(queries[q])) continue;
    const std::vector<double>& all = found[q].similarities;
    Significance judged = null.assess(vectors.row(static_cast<int64_t>(q)), all,
                                      std::min(found[q].matching, live_rows), options);
    // Hits of a page, which may be sorted in another order, have the significance of their
    // similarity.
    std::vector<HitSignificance> page;
    for (const Hit& hit : found[q].hits) {
      const auto at = std::ranges::lower_bound(all, hit.similarity, std::greater<>());
      page.push_back(judged.hits[static_cast<size_t>(at - all.begin())]);
    }
    judged.hits = std::move(page);
    answers[q].significance = std::move(judged);
  }
}

}  // namespace sightline
