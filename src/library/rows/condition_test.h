// One condition of a filter, as part of a statement or as a test of single items.
#pragma once

#include <sightline/query.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "library/catalogue/catalogue.h"
#include "library/rows/item_of_record.h"
#include "search/filter/filter_matcher.h"

namespace sightline::library {

// The part of a condition that SQL decides: a term of WHERE and its parameters. Empty: the
// condition must be tested on items. Applies to items without fields of a data set.
struct SqlCondition {
  std::string where;
  std::vector<double> parameters;
};
SqlCondition sql_condition(const Condition& condition);

// Files, and rows of data sets with columns, which may have the names of other fields.
enum class ItemType { file, dataset_row };

// Tests items. Not thread-safe.
class ConditionTest {
 public:
  // Throws invalid_argument as check_query.
  ConditionTest(Catalogue& catalogue, const Condition& condition, const filter::ItemPathFn& path);

  // The items of this type that meet the condition without its negation, in ascending order; null
  // if they must be tested.
  const std::vector<int64_t>* found(ItemType type) const;
  bool negated() const { return condition_.negated; }
  // The parts that it depends on beyond the item's row.
  ItemParts parts(ItemType type) const;
  // `item`: with these parts.
  bool holds(const VectorItem& item);

 private:
  Condition condition_;
  filter::ItemPathFn path_;
  filter::FilterMatcher matcher_;
  std::optional<std::vector<int64_t>> found_;  // of tags and captions in tables
  std::map<std::string, bool> known_;          // by the text that decides
};

}  // namespace sightline::library
