// The order in which a run lists candidates, and the scores that keep it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sightline {

// How a candidate counts for a query, by both definitions of right.
enum class TrecGrade : uint8_t { wrong, equivalent, own };

struct TrecLine {
  int64_t candidate = 0;
  float score = 0;
};

// The first `depth` candidates (0: all), best first. Of equal similarities, wrong ones come before
// right ones and caption-equivalent ones before the query's own, then the lower index: the order
// in which ranks are counted here, by either definition. What is not a number comes first where it
// is wrong, and is left out where it is right.
// The scores are the similarities as f32, lowered by as many f32 steps as it takes for each to be
// below the one before: readers that sort by score find this order, whatever they do with ties and
// whether they read f32 or f64.
std::vector<TrecLine> trec_ranking(std::span<const double> similarities,
                                   std::span<const TrecGrade> grades, int64_t depth);

}  // namespace sightline
