#include "eval/columns.h"

#include <gtest/gtest.h>

namespace sightline {
namespace {

TEST(Columns, AreNamedAndInOrderWithoutTheSplit) {
  ExperimentResult result;
  result.rows.resize(2);
  set_columns(result, {{{"split", "test"}, {"", "0"}, {"b", "1"}}, {{"a", "x"}, {"", "1"}}});
  EXPECT_EQ(result.columns, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(result.rows[0].fields, (std::vector<std::string>{"", "1"}));
  EXPECT_EQ(result.rows[1].fields, (std::vector<std::string>{"x", ""}));
}

}  // namespace
}  // namespace sightline
