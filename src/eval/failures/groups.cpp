#include "eval/failures/groups.h"

#include <sightline/error.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "eval/failures/changes.h"

namespace sightline {
namespace {

constexpr size_t kMaxGroups = 1000;
constexpr const char* kDefaultColumn = "group";

size_t column_index(const ExperimentResult& result, const std::string& name) {
  const auto at = std::ranges::find(result.columns, name);
  if (at != result.columns.end()) return static_cast<size_t>(at - result.columns.begin());
  std::string all;
  for (const std::string& column : result.columns) all += (all.empty() ? "" : ", ") + column;
  throw Error(ErrorCode::invalid_argument, "the data set has no column '", name,
              "' to group rows by", all.empty() ? "" : ", expected one of " + all);
}

const std::string& field_of(const ExperimentRow& row, size_t column) {
  static const std::string kNone;
  return column < row.fields.size() ? row.fields[column] : kNone;
}

std::set<std::string> values_of(const ExperimentResult& result, size_t column) {
  std::set<std::string> values;
  for (const ExperimentRow& row : result.rows) values.insert(field_of(row, column));
  return values;
}

// The texts of each value, in order.
using Members = std::map<std::string, std::vector<size_t>>;

Members members_of(const ExperimentResult& result, size_t column) {
  Members members;
  for (size_t t = 0; t < result.text_row.size(); ++t)
    members[field_of(result.rows[static_cast<size_t>(result.text_row[t])], column)].push_back(t);
  return members;
}

GroupMetrics measure(const ExperimentResult& result, const ModelResult& model,
                     const std::string& value, const std::vector<size_t>& texts) {
  std::vector<std::vector<int64_t>> ranks(1);
  std::vector<int64_t> owner, unused;
  for (const size_t t : texts) {
    ranks[0].push_back(model.ranks.text_rank[t]);
    owner.push_back(result.text_row[t]);
  }
  const ChangedRetrieval m = changed_retrieval(
      ranks, owner, static_cast<int64_t>(result.rows.size()), result.statistics)[0];
  return {value,         renumber(owner, unused), static_cast<int64_t>(texts.size()),
          m.recall_at_1, m.recall_at_5,           m.recall_at_10,
          m.median_rank};
}

}  // namespace

std::vector<std::string> group_columns_of(const ExperimentResult& result) {
  const std::vector<std::string>& wanted = result.failures.group_columns;
  if (wanted.empty()) {
    if (std::ranges::find(result.columns, kDefaultColumn) == result.columns.end()) return {};
    const size_t values = values_of(result, column_index(result, kDefaultColumn)).size();
    return values < 2 || values > kMaxGroups ? std::vector<std::string>{}
                                             : std::vector<std::string>{kDefaultColumn};
  }
  for (const std::string& column : wanted) {
    const size_t values = values_of(result, column_index(result, column)).size();
    if (values > kMaxGroups) {
      throw Error(ErrorCode::invalid_argument, "the column '", column, "' has ", values,
                  " values, expected at most ", kMaxGroups, " groups");
    }
  }
  return wanted;
}

void add_groups(ExperimentResult& result, const ProgressFn& progress) {
  const std::vector<std::string> columns = group_columns_of(result);
  for (ModelResult& model : result.models) model.failures.groups.clear();
  for (const std::string& column : columns) {
    const Members members = members_of(result, column_index(result, column));
    const std::string stage = "groups of " + column;
    int64_t done = 0;
    for (ModelResult& model : result.models) {
      GroupTable table{column, {}};
      for (const auto& [value, texts] : members) {
        table.groups.push_back(measure(result, model, value, texts));
        if (progress)
          progress(
              {stage, ++done, static_cast<int64_t>(members.size() * result.models.size()), ""});
      }
      std::ranges::stable_sort(table.groups, {}, [](const GroupMetrics& group) {
        return std::tuple(group.images < kSmallGroup, group.recall_at_10.value,
                          group.recall_at_5.value, group.recall_at_1.value);
      });
      model.failures.groups.push_back(std::move(table));
    }
  }
}

}  // namespace sightline
