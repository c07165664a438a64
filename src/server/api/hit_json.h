// Items and hits as the API shows them.
#pragma once

#include <sightline/search.h>

#include <map>
#include <string>

#include "base/json.h"
#include "server/search_service.h"

namespace sightline::server {

// "id", "name", "path", "dataset", and what is known of "captions", "width", "height", "date" and
// "copies".
Json item_json(const VectorItem& item, int64_t key, const ShownPaths& paths);

// A number of an item's fields; nothing if it is absent or not a number.
std::optional<double> number_field(const VectorItem& item, const std::string& name);

// The answer to a search. `grades`: of the judged images of the query.
Json search_json(const SearchAnswer& answer, const SearchSettings& settings, const Query& query,
                 const std::map<int64_t, int>& grades);

}  // namespace sightline::server
