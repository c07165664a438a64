// Ranks and gains of all queries, in both directions and under both definitions of relevant.
#include <sightline/error.h>
#include <sightline/metrics.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "eval/rank_queries.h"
#include "eval/relevance.h"
#include "eval/similarity.h"

namespace sightline {

namespace {

// Removes from `relevant` the queries whose relevant candidates are those of `other`.
RelevantCandidates only_different(const RelevantCandidates& relevant,
                                  const RelevantCandidates& other) {
  RelevantCandidates out(relevant.size());
  for (size_t q = 0; q < relevant.size(); ++q) {
    if (relevant[q] != other[q]) out[q] = relevant[q];
  }
  return out;
}

// Queries with a relevant candidate. An image without a text is not a query.
int64_t query_count(const RelevantCandidates& relevant) {
  return std::ranges::count_if(relevant, [](const auto& own) { return !own.empty(); });
}

// Ranks in one direction under the strict definition, and under the other one, which is computed
// only for the queries where it differs. Usually few captions repeat.
struct DirectionRanks {
  RankedQueries strict, equivalent;
};

DirectionRanks rank_direction(const Matrix& queries, const Matrix& candidates,
                              const RelevantCandidates& strict, const RelevantCandidates& different,
                              const std::function<void(int64_t)>& ranked) {
  DirectionRanks out;
  out.strict = rank_queries(queries, candidates, strict, ranked);
  out.equivalent = out.strict;
  const RankedQueries again = rank_queries(queries, candidates, different, ranked);
  for (size_t q = 0; q < different.size(); ++q) {
    if (different[q].empty()) continue;
    out.equivalent.rank[q] = again.rank[q];
    out.equivalent.gains.average_precision[q] = again.gains.average_precision[q];
    out.equivalent.gains.ndcg_at_10[q] = again.gains.ndcg_at_10[q];
  }
  return out;
}

}  // namespace

RetrievalRanks rank_pairs(const RetrievalSet& set, const ProgressFn& progress,
                          const std::string& stage) {
  check_retrieval_set(set);
  if (set.texts.rows > 0 && set.texts.dim != set.images.dim) {
    throw Error(ErrorCode::invalid_argument, "texts have dimension ", set.texts.dim, ", images ",
                set.images.dim);
  }
  RetrievalRanks ranks;
  ranks.own_similarity.resize(set.text_image.size());
  for (size_t t = 0; t < set.text_image.size(); ++t) {
    ranks.own_similarity[t] =
        similarity(set.texts.row(static_cast<int64_t>(t)), set.images.row(set.text_image[t]));
  }
  const DirectionalRelevance strict = strict_relevance(set);
  const DirectionalRelevance equivalent = equivalent_relevance(set);
  const RelevantCandidates other_images =
      only_different(equivalent.images_of_text, strict.images_of_text);
  const RelevantCandidates other_texts =
      only_different(equivalent.texts_of_image, strict.texts_of_image);
  const int64_t total = query_count(strict.images_of_text) + query_count(strict.texts_of_image) +
                        query_count(other_images) + query_count(other_texts);
  int64_t done = 0;
  const auto ranked = [&](int64_t queries) {
    done += queries;
    if (progress) progress({stage, done, total, ""});
  };
  DirectionRanks texts =
      rank_direction(set.texts, set.images, strict.images_of_text, other_images, ranked);
  ranks.text_rank = std::move(texts.strict.rank);
  ranks.text_gains = std::move(texts.strict.gains);
  ranks.text_rank_equivalent = std::move(texts.equivalent.rank);
  ranks.text_gains_equivalent = std::move(texts.equivalent.gains);
  DirectionRanks images =
      rank_direction(set.images, set.texts, strict.texts_of_image, other_texts, ranked);
  ranks.image_rank = std::move(images.strict.rank);
  ranks.image_gains = std::move(images.strict.gains);
  ranks.image_rank_equivalent = std::move(images.equivalent.rank);
  ranks.image_gains_equivalent = std::move(images.equivalent.gains);
  return ranks;
}

}  // namespace sightline
