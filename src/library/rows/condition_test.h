// One condition of a filter, as part of a statement or as a test of single items.
#pragma once

#include <sightline/query.h>

#include <functional>
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

  // `row`: of a statement whose columns begin with kItemColumns. `item` returns the id and fields
  // of its record; it is only called if the row does not decide.
  bool holds(const Statement& row, const std::function<const VectorItem&()>& item);
  // The items for which it can hold, in ascending order; empty: any.
  const std::optional<std::vector<int64_t>>& candidates() const { return candidates_; }

 private:
  Condition condition_;
  filter::FilterMatcher matcher_;
  std::optional<std::vector<int64_t>> found_;       // tags and captions: items that meet it
  std::optional<std::vector<int64_t>> candidates_;  // found_, unless negated
  // By the text that decides.
  std::map<std::string, bool, std::less<>> known_;
  std::string text_, last_text_;  // of this row, and of the row before it
  std::optional<bool> last_;      // of last_text_
};

}  // namespace sightline::library
