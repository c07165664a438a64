#include "search/language/filters.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "base/text.h"
#include "search/filter/text_match.h"
#include "search/language/values.h"

namespace sightline::language {
namespace {

constexpr std::string_view kColumn = "field.";  // field.NAME:value

struct Key {
  std::string_view name;
  FilterField field;
};

constexpr Key kTexts[] = {{"in", FilterField::path},         {"name", FilterField::name},
                          {"caption", FilterField::caption}, {"tag", FilterField::tag},
                          {"camera", FilterField::camera},   {"lens", FilterField::lens}};
constexpr Key kRanges[] = {{"date", FilterField::date},
                           {"size", FilterField::size},
                           {"width", FilterField::width},
                           {"height", FilterField::height},
                           {"rating", FilterField::rating}};

std::optional<FilterField> find_key(std::span<const Key> keys, std::string_view name) {
  const auto key = std::ranges::find(keys, name, &Key::name);
  return key == keys.end() ? std::nullopt : std::optional(key->field);
}

void check_text(const QueryText& text, FilterField field, const Value& value) {
  if (is_blank(value.text)) text.fail(value.at, "expected a value, found an empty text");
  if (field == FilterField::path && filter::FolderPattern(value.text).empty())
    text.fail(value.at, "expected a folder, such as in:2019/, found ", found(value.text));
  if (field == FilterField::caption && filter::Phrase(value.text).empty())
    text.fail(value.at, "expected a word, such as caption:dog, found ", found(value.text));
}

// A column is compared with texts, or with numbers if the value begins with a comparison.
void add_column_value(const QueryText& text, const Value& value, Condition& condition) {
  if (!value.quoted && value.text.find_first_of("<>=") == 0) {
    condition.ranges.push_back(parse_range(text, value, FilterField::column));
  } else {
    check_text(text, FilterField::column, value);
    condition.texts.push_back(value.text);
  }
}

Condition make_condition(const QueryText& text, const std::string& key,
                         const std::vector<Value>& values) {
  Condition condition;
  if (const auto field = find_key(kTexts, key)) {
    condition.field = *field;
    for (const Value& value : values) {
      check_text(text, *field, value);
      condition.texts.push_back(value.text);
    }
  } else if (const auto range = find_key(kRanges, key)) {
    condition.field = *range;
    for (const Value& value : values) condition.ranges.push_back(parse_range(text, value, *range));
  } else if (key == "before" || key == "after") {
    condition.field = FilterField::date;
    for (const Value& value : values) {
      condition.ranges.push_back(key == "before" ? parse_before(text, value)
                                                 : parse_after(text, value));
    }
  } else if (key == "near") {
    condition.field = FilterField::location;
    condition.circles.push_back(parse_circle(text, values));
  } else if (key == "box") {
    condition.field = FilterField::location;
    condition.boxes.push_back(parse_box(text, values));
  } else {
    condition.field = FilterField::column;
    condition.column = key.substr(kColumn.size());
    for (const Value& value : values) add_column_value(text, value, condition);
  }
  return condition;
}

void require_one(const QueryText& text, const std::string& key, const std::vector<Value>& values) {
  if (values.size() > 1) text.fail(values[1].at, "'", key, ":' has one value");
}

}  // namespace

KeyType key_type(std::string_view key) {
  if (key == "like" || key == "image") return KeyType::term;
  if (key.starts_with(kColumn) && key.size() > kColumn.size()) return KeyType::filter;
  return std::ranges::find(known_keys(), key) != known_keys().end() ? KeyType::filter
                                                                    : KeyType::unknown;
}

const std::vector<std::string>& known_keys() {
  static const std::vector<std::string> keys = {"in",    "name",   "caption",    "tag",   "camera",
                                                "lens",  "date",   "before",     "after", "size",
                                                "width", "height", "rating",     "near",  "box",
                                                "like",  "image",  "similarity", "sort"};
  return keys;
}

void add_filter(const QueryText& text, size_t at, const std::string& key, bool negated,
                std::vector<Value> values, Query& query) {
  constexpr size_t kMost = 100;
  const bool similarity = key == "similarity";
  if (!similarity && key != "sort") {
    if (query.filter.conditions.size() == kMost)
      text.fail(at, "a query has at most ", kMost, " filters");
    query.filter.conditions.push_back(make_condition(text, key, values));
    query.filter.conditions.back().negated = negated;
    return;
  }
  if (negated) text.fail(at, "'", key, ":' is not a filter of items, and cannot be negated");
  require_one(text, key, values);
  const bool twice = similarity ? query.min_similarity.has_value() : query.order != QueryOrder{};
  if (twice) text.fail(at, "'", key, ":' is given twice");
  if (similarity) {
    query.min_similarity = parse_threshold(text, values[0]);
  } else {
    query.order = parse_order(text, values[0]);
  }
}

}  // namespace sightline::language
