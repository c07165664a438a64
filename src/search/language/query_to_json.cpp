#include "search/language/query_to_json.h"

#include <cmath>
#include <utility>

#include "search/filter/civil_date.h"

namespace sightline {
namespace {

Json term_json(const QueryTerm& term) {
  Json json = {{query_type_name(term.type), term.name}};
  if (!term.vector.empty()) json["elements"] = term.vector;
  if (term.key) json["key"] = *term.key;
  if (term.weight != 1) json["weight"] = term.weight;
  return json;
}

// Dates are texts if they are whole seconds of the years that can be written.
Json bound_json(FilterField field, double value) {
  constexpr double kFirst = -62135596800, kEnd = 253402300800;  // 0001-01-01, 10000-01-01
  if (field == FilterField::date && value >= kFirst && value < kEnd && value == std::floor(value))
    return filter::date_text(static_cast<int64_t>(value));
  return value;
}

Json range_json(FilterField field, const ValueRange& range) {
  Json json = Json::object();
  if (std::isfinite(range.from))
    json[range.includes_from ? "from" : "above"] = bound_json(field, range.from);
  if (std::isfinite(range.to))
    json[range.includes_to ? "to" : "below"] = bound_json(field, range.to);
  return json;
}

Json condition_json(const Condition& condition) {
  Json json = {{"field", filter_field_name(condition.field)}};
  if (condition.field == FilterField::column) json["column"] = condition.column;
  if (condition.negated) json["negated"] = true;
  if (!condition.texts.empty()) json["texts"] = condition.texts;
  for (const ValueRange& range : condition.ranges)
    json["ranges"].push_back(range_json(condition.field, range));
  for (const GeoCircle& circle : condition.circles) {
    json["circles"].push_back({{"latitude", circle.latitude},
                               {"longitude", circle.longitude},
                               {"radius_km", circle.radius_km}});
  }
  for (const GeoBox& box : condition.boxes) {
    json["boxes"].push_back(
        {{"south", box.south}, {"west", box.west}, {"north", box.north}, {"east", box.east}});
  }
  return json;
}

std::string sort_name(QueryOrder order) {
  const std::string sign = order.descending ? "-" : "";
  switch (order.key) {
    case SortKey::date:
      return sign + "date";
    case SortKey::path:
      return sign + "path";
    default:
      return "similarity";
  }
}

}  // namespace

std::optional<QueryOrder> order_of_name(std::string_view name) {
  for (const QueryOrder order :
       {QueryOrder{SortKey::similarity}, QueryOrder{SortKey::date}, QueryOrder{SortKey::date, true},
        QueryOrder{SortKey::path}, QueryOrder{SortKey::path, true}}) {
    if (sort_name(order) == name) return order;
  }
  return std::nullopt;
}

std::string query_json(const Query& query) {
  return json_text(query_to_json(query));
}

Json query_to_json(const Query& query) {
  Json json = {{"query", query.name}, {"terms", Json::array()}, {"filter", Json::array()}};
  for (const QueryTerm& term : query.terms) json["terms"].push_back(term_json(term));
  for (const Condition& condition : query.filter.conditions)
    json["filter"].push_back(condition_json(condition));
  if (query.min_similarity) json["min_similarity"] = *query.min_similarity;
  if (query.order.key != SortKey::automatic) json["sort"] = sort_name(query.order);
  return json;
}

}  // namespace sightline
