// Requests for a search, in all forms of the API.
#pragma once

#include <string>
#include <vector>

#include "server/http/http_server.h"
#include "server/search_service.h"

namespace sightline::server {

struct SearchRequest {
  Query query;
  SearchSettings settings;
  std::vector<int64_t> relevant, irrelevant;  // images, for Rocchio's formula
};

// GET: the parameters q, k, offset, group, diversity, judge, model, template, min_similarity, fdr.
// POST: application/json or multipart/form-data. Throw invalid_argument, not_found, unsupported.
SearchRequest parse_search_parameters(const HttpRequest& request);
SearchRequest parse_search_body(const HttpRequest& request);

// The text of a query by which judgements are kept.
std::string judged_text(const Query& query);

}  // namespace sightline::server
