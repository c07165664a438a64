// Queries from JSON (docs/query_language.md).
#include <sightline/error.h>
#include <sightline/query.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <optional>
#include <utility>

#include "base/json.h"
#include "base/suggest.h"
#include "base/text_encoding.h"
#include "search/filter/civil_date.h"
#include "search/language/query_to_json.h"

namespace sightline {
namespace {

using Input = nlohmann::json;

template <typename... Parts>
[[noreturn]] void refuse(const Parts&... parts) {
  throw Error(ErrorCode::invalid_argument, "the query in JSON: ", parts...);
}

// `what` names the object in messages.
void check_keys(const Input& object, const char* what, std::initializer_list<std::string> known) {
  if (!object.is_object()) refuse("expected ", what, " as an object, found ", shown(object));
  const std::vector<std::string> keys(known);
  for (const auto& [key, value] : object.items()) {
    if (std::ranges::find(keys, key) != keys.end()) continue;
    refuse(what, " has the unknown key ", shown(key), did_you_mean(key, keys));
  }
}

std::string text_of(const Input& value, const char* what) {
  if (!value.is_string()) refuse("expected ", what, " as a string, found ", shown(value));
  const std::string text = value.get<std::string>();
  if (const std::string problem = text_problem(text); !problem.empty())
    refuse(what, " is not text: ", problem);
  return text;
}

double number_of(const Input& value, const char* what) {
  if (value.is_number() && std::isfinite(value.get<double>())) return value.get<double>();
  refuse("expected ", what, " as a number, found ", shown(value));
}

const Input& list_of(const Input& value, const char* what) {
  if (!value.is_array()) refuse("expected ", what, " as a list, found ", shown(value));
  return value;
}

const Input& required(const Input& object, const char* what, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) refuse(what, " has no key '", key, "'");
  return *found;
}

QueryTerm term_of(const Input& json) {
  check_keys(json, "a term", {"text", "image", "vector", "item", "key", "elements", "weight"});
  std::optional<QueryTerm> term;
  for (const QueryType type :
       {QueryType::text, QueryType::image, QueryType::vector, QueryType::item}) {
    const auto name = json.find(query_type_name(type));
    if (name == json.end()) continue;
    if (term) refuse("expected a term of one type, found ", shown(json));
    term = {type, text_of(*name, "the name of a term")};
  }
  if (!term) refuse("expected a term with text, image, vector or item, found ", shown(json));
  if (json.contains("weight")) term->weight = number_of(json["weight"], "a weight");
  if (json.contains("key")) {
    if (term->type != QueryType::item || !json["key"].is_number_integer())
      refuse("expected 'key' as a whole number of an item, found ", shown(json));
    term->key = json["key"].get<int64_t>();
  }
  if (!json.contains("elements")) return *term;
  if (term->type != QueryType::vector) refuse("only a vector has elements");
  for (const Input& value : list_of(json["elements"], "the elements of a vector")) {
    term->vector.push_back(static_cast<float>(number_of(value, "an element of a vector")));
    if (!std::isfinite(term->vector.back()))
      refuse("an element of a vector is beyond the range of float32: ", shown(value));
  }
  return *term;
}

double bound_of(const Input& value, FilterField field) {
  if (field != FilterField::date || !value.is_string()) return number_of(value, "a bound");
  const auto period = filter::parse_period(value.get<std::string>());
  if (!period) refuse("expected a date as 2019-07-01T12:30:05, found ", shown(value));
  return static_cast<double>(period->from);
}

// One end of a range. `inclusive` and `exclusive` are the keys that can give it.
void read_bound(const Input& json, FilterField field, const char* inclusive, const char* exclusive,
                double& bound, bool& includes) {
  if (json.contains(inclusive) && json.contains(exclusive))
    refuse("a range has both '", inclusive, "' and '", exclusive, "'");
  for (const char* key : {inclusive, exclusive}) {
    if (!json.contains(key)) continue;
    bound = bound_of(json[key], field);
    includes = key == inclusive;
  }
}

ValueRange range_of(const Input& json, FilterField field) {
  check_keys(json, "a range", {"from", "above", "to", "below"});
  ValueRange range;
  read_bound(json, field, "from", "above", range.from, range.includes_from);
  read_bound(json, field, "to", "below", range.to, range.includes_to);
  return range;
}

double degrees_of(const Input& json, const char* what, const char* key) {
  return number_of(required(json, what, key), key);
}

FilterField field_of(const Input& json) {
  std::vector<std::string> names;
  for (int i = 0; i <= static_cast<int>(FilterField::column); ++i)
    names.emplace_back(filter_field_name(static_cast<FilterField>(i)));
  const std::string name = text_of(required(json, "a condition", "field"), "a field");
  const auto at = std::ranges::find(names, name);
  if (at == names.end()) refuse("there is no field ", shown(name), did_you_mean(name, names));
  return static_cast<FilterField>(at - names.begin());
}

Condition condition_of(const Input& json) {
  check_keys(json, "a condition",
             {"field", "column", "negated", "texts", "ranges", "circles", "boxes"});
  Condition condition{.field = field_of(json)};
  const Input none = Input::array();
  const auto list = [&](const char* key) -> const Input& {
    return json.contains(key) ? list_of(json[key], key) : none;
  };
  if (json.contains("column")) condition.column = text_of(json["column"], "the name of a column");
  if (json.contains("negated")) {
    if (!json["negated"].is_boolean())
      refuse("expected 'negated' as true or false, found ", shown(json["negated"]));
    condition.negated = json["negated"].get<bool>();
  }
  for (const Input& text : list("texts")) condition.texts.push_back(text_of(text, "a text"));
  for (const Input& range : list("ranges"))
    condition.ranges.push_back(range_of(range, condition.field));
  for (const Input& circle : list("circles")) {
    check_keys(circle, "a circle", {"latitude", "longitude", "radius_km"});
    condition.circles.push_back({degrees_of(circle, "a circle", "latitude"),
                                 degrees_of(circle, "a circle", "longitude"),
                                 degrees_of(circle, "a circle", "radius_km")});
  }
  for (const Input& box : list("boxes")) {
    check_keys(box, "a box", {"south", "west", "north", "east"});
    condition.boxes.push_back({degrees_of(box, "a box", "south"), degrees_of(box, "a box", "west"),
                               degrees_of(box, "a box", "north"),
                               degrees_of(box, "a box", "east")});
  }
  return condition;
}

}  // namespace

Query parse_query_json(std::string_view text) {
  const Input json = parse_json(text, "the query");
  check_keys(json, "the query", {"query", "terms", "filter", "min_similarity", "sort"});
  Query query;
  if (json.contains("query")) query.name = text_of(json["query"], "the name of the query");
  if (json.contains("terms")) {
    for (const Input& term : list_of(json["terms"], "the terms"))
      query.terms.push_back(term_of(term));
  }
  if (json.contains("filter")) {
    for (const Input& condition : list_of(json["filter"], "the filter"))
      query.filter.conditions.push_back(condition_of(condition));
  }
  if (json.contains("min_similarity"))
    query.min_similarity = number_of(json["min_similarity"], "the least similarity");
  if (json.contains("sort")) {
    const auto order = order_of_name(text_of(json["sort"], "the order"));
    if (!order)
      refuse("expected 'sort' as date, -date, path, -path or similarity, found ",
             shown(json["sort"]));
    query.order = *order;
  }
  check_query(query);
  return query;
}

}  // namespace sightline
