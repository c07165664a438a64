#include "library/rows/condition_test.h"

#include <sightline/error.h>

#include <algorithm>

#include "base/path_id.h"
#include "base/text.h"
#include "search/filter/text_match.h"

namespace sightline::library {
namespace {

constexpr size_t kMostRemembered = 4096;

Filter only(const Condition& condition) {
  return {{condition}};
}

// The column of a range condition; null if SQL does not decide it.
const char* range_column(FilterField field) {
  switch (field) {
    case FilterField::date:
      return "taken";
    case FilterField::rating:
      return "rating";
    case FilterField::size:
      return "CASE source WHEN 1 THEN size END";
    case FilterField::width:
      return "(SELECT nullif(width, 0) FROM contents WHERE contents.id = content)";
    case FilterField::height:
      return "(SELECT nullif(height, 0) FROM contents WHERE contents.id = content)";
    default:
      return nullptr;
  }
}

void sort_unique(std::vector<int64_t>& items) {
  std::ranges::sort(items);
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

// The items that have a tag which the condition matches.
std::vector<int64_t> items_with_tag(Catalogue& catalogue, const filter::FilterMatcher& matcher) {
  std::vector<std::string> tags;
  Statement distinct = catalogue.database().prepare("SELECT DISTINCT tag FROM tags");
  while (distinct.step()) {
    VectorItem item;
    item.fields["tags"] = distinct.text(0);
    if (matcher.matches(item)) tags.push_back(distinct.text(0));
  }
  std::vector<int64_t> items;
  Statement select = catalogue.database().prepare("SELECT item FROM tags WHERE tag = ?");
  for (const std::string& tag : tags) {
    select.reset();
    select.bind(1, tag);
    while (select.step()) items.push_back(select.integer(0));
  }
  sort_unique(items);
  return items;
}

// "sno*" -> "sno"*, as FTS5 writes the beginning of a word.
std::string fts_phrase(const std::string& text) {
  return '"' + filter::folded_words(text) + '"' + (trimmed(text).ends_with('*') ? "*" : "");
}

std::vector<int64_t> items_with_caption(Catalogue& catalogue, const Condition& condition) {
  std::vector<int64_t> items;
  Statement select = catalogue.database().prepare(
      "SELECT item FROM caption_words JOIN captions ON captions.id = caption_words.rowid WHERE "
      "caption_words MATCH ?");
  for (const std::string& text : condition.texts) {
    select.reset();
    select.bind(1, fts_phrase(text));
    while (select.step()) items.push_back(select.integer(0));
  }
  sort_unique(items);
  return items;
}

constexpr int kSource = 1, kPath = 3, kCamera = 12, kLens = 13;  // of kItemColumns

std::string_view path_of_row(const Statement& row) {
  const std::span<const uint8_t> path = row.blob(kPath);
  return {reinterpret_cast<const char*>(path.data()), path.size()};
}

// An item that has only the last part of its id, on which conditions on names depend.
VectorItem named_item(const Statement& row) {
  const std::string_view path = path_of_row(row);
  VectorItem item;
  item.id = path.substr(path.rfind('/') + 1);
  if (row.integer(kSource) == kFiles) item.id = path_id(item.id);
  return item;
}

// Sets the text on which a condition depends; false if it depends on more. A folder is that of the
// path, after the number of its source.
bool find_text(const Condition& condition, const Statement& row, std::string& text) {
  if (condition.field == FilterField::path) {
    const std::string_view whole = path_of_row(row);
    text = std::to_string(row.integer(kSource)) + ":";
    text += whole.substr(0, whole.rfind('/') + 1);
    return true;
  }
  if (condition.field != FilterField::camera && condition.field != FilterField::lens) return false;
  text = row.text(condition.field == FilterField::camera ? kCamera : kLens);
  return true;
}

}  // namespace

SqlCondition sql_condition(const Condition& condition) {
  SqlCondition out;
  const char* column = range_column(condition.field);
  if (column == nullptr || condition.ranges.empty()) return out;
  for (const ValueRange& range : condition.ranges) {
    out.where +=
        message(out.where.empty() ? "" : " OR ", column, range.includes_from ? " >= ?" : " > ?",
                " AND ", column, range.includes_to ? " <= ?" : " < ?");
    out.parameters.insert(out.parameters.end(), {range.from, range.to});
  }
  out.where = "coalesce(" + out.where + ", 0)";
  if (condition.negated) out.where = "NOT " + out.where;
  return out;
}

ConditionTest::ConditionTest(Catalogue& catalogue, const Condition& condition)
    : condition_(condition), matcher_(only(condition)) {
  Condition positive = condition;
  positive.negated = false;
  if (condition.field == FilterField::tag) {
    found_ = items_with_tag(catalogue, filter::FilterMatcher(only(positive)));
  } else if (condition.field == FilterField::caption) {
    found_ = items_with_caption(catalogue, condition);
  }
  if (!condition.negated) candidates_ = found_;
}

bool ConditionTest::holds(const Statement& row, const std::function<const VectorItem&()>& item) {
  if (found_) return std::ranges::binary_search(*found_, row.integer(0)) != condition_.negated;
  if (condition_.field == FilterField::name) return matcher_.matches(named_item(row));
  if (!find_text(condition_, row, text_)) return matcher_.matches(item());
  if (last_ && text_ == last_text_) return *last_;
  last_text_ = text_;
  if (const auto known = known_.find(text_); known != known_.end()) {
    last_ = known->second;
  } else {
    if (known_.size() >= kMostRemembered) known_.clear();
    last_ = known_[text_] = matcher_.matches(item());
  }
  return *last_;
}

}  // namespace sightline::library
