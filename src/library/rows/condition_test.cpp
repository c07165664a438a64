#include "library/rows/condition_test.h"

#include <sightline/error.h>

#include <algorithm>

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

// The text on which a condition depends; empty if it depends on more.
const std::string* deciding_text(const Condition& condition, const VectorItem& item,
                                 std::string& folder) {
  static const std::string kNone;
  if (condition.field == FilterField::path) {
    const std::string path = filter::item_path(item);
    folder = path.substr(0, path.rfind('/') + 1);
    return &folder;
  }
  const bool device =
      condition.field == FilterField::camera || condition.field == FilterField::lens;
  if (!device) return nullptr;
  const auto found = item.fields.find(std::string(filter_field_name(condition.field)));
  return found == item.fields.end() ? &kNone : &found->second;
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

bool ConditionTest::holds(int64_t id, const VectorItem& item) {
  if (found_) return std::ranges::binary_search(*found_, id) != condition_.negated;
  std::string folder;
  const std::string* text = deciding_text(condition_, item, folder);
  if (text == nullptr) return matcher_.matches(item);
  if (const auto known = known_.find(*text); known != known_.end()) return known->second;
  if (known_.size() >= kMostRemembered) known_.clear();
  return known_[*text] = matcher_.matches(item);
}

}  // namespace sightline::library
