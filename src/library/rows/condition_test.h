// One condition of a filter, as part of a statement or as a test of single items.
#pragma once

#include <sightline/query.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "library/catalogue/catalogue.h"
#include "search/filter/filter_matcher.h"

namespace sightline::library {

// The part of a condition that SQL decides: a term of WHERE and its parameters. Empty: the
// condition must be tested on items. Applies to items without fields of a data set.
struct SqlCondition {
  std::string where;
  std::vector<double> parameters;
};
SqlCondition sql_condition(const Condition& condition);

// Tests items. Not thread-safe.
class ConditionTest {
 public:
  ConditionTest(Catalogue& catalogue, const Condition& condition);

  // `item`: the id and fields of the record with this id.
  bool holds(int64_t id, const VectorItem& item);
  // The items for which it can hold, in ascending order; empty: any.
  const std::optional<std::vector<int64_t>>& candidates() const { return candidates_; }

 private:
  Condition condition_;
  filter::FilterMatcher matcher_;
  std::optional<std::vector<int64_t>> found_;       // tags and captions: items that meet it
  std::optional<std::vector<int64_t>> candidates_;  // found_, unless negated
  std::map<std::string, bool> known_;               // by the text that decides
};

}  // namespace sightline::library
