#include <sightline/search.h>

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/path_id.h"
#include "search/language/query_to_json.h"

namespace sightline {
namespace {

// Of a hit, or of a duplicate of one.
template <typename Found>
Json found_json(const Found& found, bool has_similarity) {
  Json json = {{"similarity", has_similarity ? Json(found.similarity) : Json(nullptr)},
               {"id", found.item.id},
               {"row", found.row},
               {"captions", found.item.captions},
               {"fields", found.item.fields}};
  if (!found.item.dataset.empty()) json["dataset"] = found.item.dataset;
  if (!found.item.copies.empty()) json["copies"] = found.item.copies;
  return json;
}

Json hit_json(const SearchHit& hit, bool has_similarity) {
  Json json = {{"rank", hit.rank}};
  json.update(found_json(hit, has_similarity));
  for (const SearchDuplicate& duplicate : hit.duplicates)
    json["duplicates"].push_back(found_json(duplicate, has_similarity));
  return json;
}

Json significance_json(const Significance& significance) {
  return {{"verdict", verdict_name(significance.verdict)},
          {"p", significance.p},
          {"matches", significance.matches}};
}

Json answer_json(const QueryHits& query) {
  Json json;
  const auto in_parts = [](int64_t parts) { return parts > 1; };
  if (query.query) {
    json = query_to_json(*query.query);
    for (size_t t = 0; t < query.parts.size(); ++t) {
      if (in_parts(query.parts[t])) json["terms"][t]["parts"] = query.parts[t];
    }
    json["matching"] = query.matching;
  } else {
    json[query_type_name(query.type)] = query.name;
    if (std::ranges::any_of(query.parts, in_parts)) json["parts"] = query.parts[0];
  }
  const bool has_similarity = !query.query || !query.query->terms.empty();
  if (query.significance) json["significance"] = significance_json(*query.significance);
  json["hits"] = Json::array();
  for (size_t i = 0; i < query.hits.size(); ++i) {
    Json hit = hit_json(query.hits[i], has_similarity);
    if (query.significance) {
      hit["p"] = query.significance->hits[i].p;
      hit["q"] = query.significance->hits[i].q;
    }
    json["hits"].push_back(std::move(hit));
  }
  return json;
}

Json encoding_json(const std::optional<CollectionEncoding>& encoding) {
  if (!encoding) return nullptr;
  Json skipped = Json::array();
  for (const SkippedRow& row : encoding->skipped) {
    skipped.push_back({{"id", row.id}, {"reason", row.reason}});
    if (!row.dataset.empty()) skipped.back()["dataset"] = row.dataset;
  }
  return {{"encoded", encoding->counts.encoded_images},
          {"cached", encoding->counts.cached_images},
          {"precision_choice", text_or_null(encoding->precision_choice)},
          {"repeated", encoding->repeated},
          {"skipped", std::move(skipped)}};
}

Json collection_json(const SearchResult& result) {
  Json json = {{"type", collection_type_name(result.type)},
               {"path", result.parts.empty() ? Json(path_id(result.collection)) : Json(nullptr)},
               {"rows", result.rows},
               {"precision", result.provenance
                                 ? Json(precision_name(result.provenance->computation.precision))
                                 : Json(nullptr)}};
  for (const CollectionPart& part : result.parts) {
    json["data_sets"].push_back(
        {{"name", part.name}, {"path", path_id(part.path)}, {"rows", part.rows}});
  }
  return json;
}

}  // namespace

std::string search_json(const SearchResult& result) {
  Json queries = Json::array();
  for (const QueryHits& query : result.queries) queries.push_back(answer_json(query));
  Json json = {
      {"queries", std::move(queries)},
      {"model",
       {{"name", text_or_null(result.model)}, {"fingerprint", text_or_null(result.fingerprint)}}},
      {"collection", collection_json(result)},
      {"encoding", encoding_json(result.encoding)},
      {"scan", scan_type_name(result.statistics.scan)},
      {"rescored", result.statistics.rescored},
      {"warnings", result.warnings}};
  if (!result.templates.empty()) json["templates"] = result.templates;
  if (result.correction) json["correction"] = *result.correction;
  return json_text(json, 2);
}

}  // namespace sightline
