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

const std::string* field_of(const VectorItem& item, const std::string& name) {
  const auto found = item.fields.find(name);
  return found == item.fields.end() ? nullptr : &found->second;
}

// The text on which a condition depends; null if it depends on more, or on a missing text.
const std::string* deciding_text(const Condition& condition, const filter::ItemPathFn& path_of,
                                 const VectorItem& item, std::string& folder) {
  switch (condition.field) {
    case FilterField::path: {
      const std::string path = path_of(item);
      folder = path.substr(0, path.rfind('/') + 1);
      return &folder;
    }
    case FilterField::camera:
    case FilterField::lens:
      return field_of(item, std::string(filter_field_name(condition.field)));
    case FilterField::column:
      return field_of(item, condition.column);
    default:
      return nullptr;
  }
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

ConditionTest::ConditionTest(Catalogue& catalogue, const Condition& condition,
                             const filter::ItemPathFn& path)
    : condition_(condition), path_(path), matcher_(only(condition), path) {
  Condition positive = condition;
  positive.negated = false;
  if (condition.field == FilterField::tag) {
    found_ = items_with_tag(catalogue, filter::FilterMatcher(only(positive)));
  } else if (condition.field == FilterField::caption) {
    found_ = items_with_caption(catalogue, condition);
  }
}

// Tags of a data set are a column, unless the table has some.
const std::vector<int64_t>* ConditionTest::found(ItemType type) const {
  const bool column = type == ItemType::dataset_row && condition_.field == FilterField::tag;
  return found_ && !column ? &*found_ : nullptr;
}

ItemParts ConditionTest::parts(ItemType type) const {
  ItemParts out;
  switch (condition_.field) {
    case FilterField::path:
    case FilterField::name:
    case FilterField::caption:
      return out;
    case FilterField::tag:
      out.tags = true;
      break;
    case FilterField::width:
    case FilterField::height:
      out.size = true;
      break;
    case FilterField::column:
      out.tags = condition_.column == "tags";
      out.size = condition_.column == "width" || condition_.column == "height";
      break;
    default:
      break;
  }
  out.fields = type == ItemType::dataset_row;
  return out;
}

bool ConditionTest::holds(const VectorItem& item) {
  std::string folder;
  const std::string* text = deciding_text(condition_, path_, item, folder);
  if (text == nullptr) return matcher_.matches(item);
  if (const auto known = known_.find(*text); known != known_.end()) return known->second;
  if (known_.size() >= kMostRemembered) known_.clear();
  return known_[*text] = matcher_.matches(item);
}

}  // namespace sightline::library
