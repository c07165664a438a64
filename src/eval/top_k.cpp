// The best candidates of each query.
#include <sightline/error.h>
#include <sightline/metrics.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "eval/similarity.h"

namespace sightline {
namespace {

bool better(const Hit& a, const Hit& b) {
  return a.similarity != b.similarity ? a.similarity > b.similarity : a.index < b.index;
}

}  // namespace

std::vector<std::vector<Hit>> top_k(const Matrix& queries, const Matrix& candidates, int k) {
  if (k < 1) {
    throw Error(ErrorCode::invalid_argument, "top-k must be at least 1, found ", k);
  }
  const size_t keep = std::min(static_cast<size_t>(k), static_cast<size_t>(candidates.rows));
  std::vector<std::vector<Hit>> best(static_cast<size_t>(queries.rows));
  // A heap of the best so far, the worst of them on top.
  for_each_similarity(queries, candidates,
                      [&](int64_t q, int64_t first, std::span<const double> values) {
                        auto& heap = best[static_cast<size_t>(q)];
                        for (size_t i = 0; i < values.size(); ++i) {
                          const Hit hit{first + static_cast<int64_t>(i), values[i]};
                          if (std::isnan(hit.similarity)) continue;
                          if (heap.size() == keep) {
                            if (!better(hit, heap.front())) continue;
                            std::pop_heap(heap.begin(), heap.end(), better);
                            heap.pop_back();
                          }
                          heap.push_back(hit);
                          std::push_heap(heap.begin(), heap.end(), better);
                        }
                      });
  for (auto& heap : best) std::sort_heap(heap.begin(), heap.end(), better);
  return best;
}

}  // namespace sightline
