// The significance of hits that a search found.
#pragma once

#include <sightline/search.h>

#include <span>
#include <vector>

#include "search/find_rows.h"

namespace sightline {

// Sets QueryHits::significance of queries whose terms are all texts: similarities of images and
// vectors have another distribution. `vectors`: (queries, D); `live_rows`: of the collection.
void judge_hits(const NullModel& null, std::span<const Query> queries, const Matrix& vectors,
                const std::vector<FoundRows>& found, int64_t live_rows,
                const SignificanceOptions& options, std::vector<QueryHits>& answers);

}  // namespace sightline
