// Ranks and gains of all queries, in both directions and under both definitions of relevant.
#include <sightline/error.h>
#include <sightline/metrics.h>

#include <string>
#include <utility>

#include "eval/rank_queries.h"
#include "eval/relevance.h"
#include "eval/similarity.h"

namespace sightline {

RetrievalRanks rank_pairs(const RetrievalSet& set) {
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
  const RankedQueries texts = rank_queries(set.texts, set.images, strict.images_of_text);
  const RankedQueries images = rank_queries(set.images, set.texts, strict.texts_of_image);
  // Usually no caption repeats, and both definitions agree.
  RankedQueries texts_equivalent =
      equivalent.images_of_text == strict.images_of_text
          ? texts
          : rank_queries(set.texts, set.images, equivalent.images_of_text);
  RankedQueries images_equivalent =
      equivalent.texts_of_image == strict.texts_of_image
          ? images
          : rank_queries(set.images, set.texts, equivalent.texts_of_image);
  ranks.text_rank = texts.rank;
  ranks.text_gains = texts.gains;
  ranks.image_rank = images.rank;
  ranks.image_gains = images.gains;
  ranks.text_rank_equivalent = std::move(texts_equivalent.rank);
  ranks.text_gains_equivalent = std::move(texts_equivalent.gains);
  ranks.image_rank_equivalent = std::move(images_equivalent.rank);
  ranks.image_gains_equivalent = std::move(images_equivalent.gains);
  return ranks;
}

}  // namespace sightline
