// Ranks candidates for a TREC run and assigns scores that preserve the order.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sightline {

// Relevance of a candidate: not relevant, caption-equivalent only, or strict.
enum class TrecGrade : uint8_t { not_relevant, equivalent, strict };

struct TrecLine {
  int64_t candidate = 0;
  float score = 0;
};

// Returns the first `depth` candidates (0: all), best first. Ties are ordered by grade (not
// relevant, equivalent, strict), then by index. This matches the ranks of metrics.h under both
// definitions of relevant. A NaN comes first if it is not relevant, and is omitted if it is. Scores
// are the similarities in f32, decreased by f32 steps where necessary to make them strictly
// descending. A reader that sorts by score reproduces this order, however it breaks ties and
// whether it reads f32 or f64.
std::vector<TrecLine> trec_ranking(std::span<const double> similarities,
                                   std::span<const TrecGrade> grades, int64_t depth);

}  // namespace sightline
