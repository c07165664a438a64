#include "server/api/hit_json.h"

#include <charconv>

#include "search/language/query_to_json.h"

namespace sightline::server {
namespace {

Json term_json(const QueryTerm& term) {
  Json json = {{"type", query_type_name(term.type)}};
  json[term.type == QueryType::text   ? "text"
       : term.type == QueryType::item ? "id"
                                      : "name"] = term.name;
  json["weight"] = term.weight;
  return json;
}

Json query_part(const SearchAnswer& answer, const Query& query) {
  Json whole = query_to_json(query);
  Json json = {{"text", query.name}, {"terms", Json::array()}, {"filter", whole["filter"]}};
  for (size_t t = 0; t < query.terms.size(); ++t) {
    Json term = term_json(query.terms[t]);
    if (t < answer.hits.parts.size() && answer.hits.parts[t] > 1)
      term["parts"] = answer.hits.parts[t];
    json["terms"].push_back(std::move(term));
  }
  if (whole.contains("sort")) json["sort"] = whole["sort"];
  if (whole.contains("min_similarity")) json["min_similarity"] = whole["min_similarity"];
  return json;
}

Json duplicate_json(const SearchDuplicate& duplicate, int64_t key, bool has_similarity,
                    const ShownPaths& paths) {
  Json json = item_json(duplicate.item, key, paths);
  json["similarity"] = has_similarity ? Json(duplicate.similarity) : Json(nullptr);
  return json;
}

Json hit_json(const SearchAnswer& answer, size_t i, bool has_similarity,
              const std::map<int64_t, int>& grades) {
  const SearchHit& hit = answer.hits.hits[i];
  const ShownPaths& paths = *answer.view.paths;
  Json json = item_json(hit.item, answer.keys[i], paths);
  json["rank"] = hit.rank;
  json["similarity"] = has_similarity ? Json(hit.similarity) : Json(nullptr);
  if (answer.hits.significance) {
    json["p"] = answer.hits.significance->hits[i].p;
    json["q"] = answer.hits.significance->hits[i].q;
  }
  for (size_t d = 0; d < hit.duplicates.size(); ++d) {
    json["duplicates"].push_back(
        duplicate_json(hit.duplicates[d], answer.duplicate_keys[i][d], has_similarity, paths));
  }
  if (const auto grade = grades.find(answer.keys[i]); grade != grades.end())
    json["judgement"] = grade->second > 0 ? "relevant" : "irrelevant";
  return json;
}

// The number of groups in the whole answer, known on its last page only: groups behind the page are
// not made.
std::optional<int64_t> all_groups(const SearchSettings& settings, const QueryHits& hits) {
  const auto shown = static_cast<int64_t>(hits.hits.size());
  const bool is_last = shown < settings.k && (shown > 0 || settings.offset == 0);
  if (!settings.group || !is_last) return std::nullopt;
  return settings.offset + shown;
}

}  // namespace

std::optional<double> number_field(const VectorItem& item, const std::string& name) {
  const auto found = item.fields.find(name);
  if (found == item.fields.end()) return std::nullopt;
  const std::string& text = found->second;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Json item_json(const VectorItem& item, int64_t key, const ShownPaths& paths) {
  Json json = {{"id", std::to_string(key)},
               {"name", name_of_id(item.id)},
               {"path", paths.of_item(item)},
               {"captions", item.captions}};
  if (!item.dataset.empty()) json["dataset"] = item.dataset;
  for (const char* name : {"width", "height"}) {
    if (const auto value = number_field(item, name)) json[name] = static_cast<int64_t>(*value);
  }
  if (const auto date = item.fields.find("date"); date != item.fields.end())
    json["date"] = date->second;
  for (const std::string& copy : item.copies) json["copies"].push_back(paths.of_id(copy));
  return json;
}

Json search_json(const SearchAnswer& answer, const SearchSettings& settings, const Query& query,
                 const std::map<int64_t, int>& grades) {
  const QueryHits& hits = answer.hits;
  Json json = {{"query", query_part(answer, query)},
               {"model",
                {{"name", answer.view.about.name},
                 {"fingerprint", answer.view.about.provenance.fingerprint}}},
               {"images", answer.images},
               {"matching", hits.matching},
               {"k", settings.k},
               {"offset", settings.offset}};
  if (const auto groups = all_groups(settings, hits)) json["groups"] = *groups;
  if (hits.significance) {
    json["significance"] = {{"verdict", verdict_name(hits.significance->verdict)},
                            {"p", hits.significance->p},
                            {"matches", hits.significance->matches},
                            {"fdr", settings.fdr}};
  }
  json["hits"] = Json::array();
  const bool has_similarity = !query.terms.empty();
  for (size_t i = 0; i < hits.hits.size(); ++i)
    json["hits"].push_back(hit_json(answer, i, has_similarity, grades));
  json["correction"] = answer.correction ? Json(*answer.correction) : Json(nullptr);
  const SearchTimes& times = answer.times;
  json["timing_ms"] = {{"wait", times.wait_ms},
                       {"encode", times.encode_ms},
                       {"search", times.search_ms},
                       {"total", times.wait_ms + times.encode_ms + times.search_ms}};
  json["warnings"] = answer.warnings;
  return json;
}

}  // namespace sightline::server
