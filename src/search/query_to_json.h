// Queries as JSON (docs/query_language.md).
#pragma once

#include <sightline/query.h>

#include "base/json.h"

namespace sightline {

// Returns {"query": name, "terms": […], "filter": […]} and, if they are set, "min_similarity" and
// "sort". Bytes of images are left out, and so are empty vectors.
Json query_to_json(const Query& query);

}  // namespace sightline
