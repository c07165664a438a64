// Metrics of one query from judgements.
#pragma once

#include <cstdint>
#include <vector>

namespace sightline::feedback {

// A judged image and its similarity to the query.
struct JudgedImage {
  double similarity = 0;
  int grade = 0;  // above 0: relevant
};

// nDCG of the first `depth` judged images, with grades as gains and discount 1 / log2(rank + 1). Of
// equal similarities, the lower grade comes first. 0 without a relevant image. Source: Järvelin,
// Kekäläinen, 2002; condensed lists: Sakai, 2007.
double condensed_ndcg(std::vector<JudgedImage> images, int64_t depth);

// The mean over relevant images of 1 - min(irrelevant images before it, least) / least, least =
// min(relevant, irrelevant); 1 without an irrelevant image, 0 without a relevant one. Equal
// similarities count against it. Source: Buckley, Voorhees, 2004, as trec_eval computes it.
double binary_preference(const std::vector<JudgedImage>& images);

}  // namespace sightline::feedback
