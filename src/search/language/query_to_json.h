// Queries as JSON (docs/query_language.md).
#pragma once

#include <sightline/query.h>

#include <optional>
#include <string_view>

#include "base/json.h"

namespace sightline {

// Returns {"query": name, "terms": […], "filter": […]} and, if they are set, "min_similarity" and
// "sort". Bytes of images are left out, and so are empty vectors.
Json query_to_json(const Query& query);

// Returns the order of a "sort" value: "date", "-date", "path", "-path" or "similarity". Empty for
// other texts.
std::optional<QueryOrder> order_of_name(std::string_view name);

}  // namespace sightline
