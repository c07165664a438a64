// The rows that queries find, in their order.
#pragma once

#include <sightline/search.h>

#include <map>
#include <span>
#include <vector>

namespace sightline {

struct FoundRows {
  std::vector<Hit> hits;  // in the query's order; similarity 0 without terms
  int64_t matching = 0;   // number of rows that meet the query's filter
  // Of all hits up to the last of the page, or more, descending; empty without terms.
  std::vector<double> similarities = {};
  // ArrangedHits::duplicates, of hits of the page and perhaps others.
  std::map<int64_t, std::vector<Hit>> duplicates = {};
};

// Returns one element per query. `vectors`: (queries, D), of query_vectors. Filters are evaluated
// once each, and queries of the same filter and threshold share a scan.
std::vector<FoundRows> find_rows(const Collection& collection, std::span<const Query> queries,
                                 const Matrix& vectors, const CollectionSearchOptions& options,
                                 SearchStatistics& statistics);

}  // namespace sightline
