#include "eval/columns.h"

#include <set>

namespace sightline {

void set_columns(ExperimentResult& result, const std::vector<Fields>& rows) {
  std::set<std::string> columns;
  for (const Fields& fields : rows) {
    for (const auto& [column, value] : fields) columns.insert(column);
  }
  columns.erase("split");  // ExperimentRow::split
  columns.erase("");       // the row numbers of pandas, and nothing that a search could name
  result.columns.assign(columns.begin(), columns.end());
  for (size_t n = 0; n < rows.size(); ++n) {
    std::vector<std::string>& fields = result.rows[n].fields;
    fields.clear();
    for (const std::string& column : result.columns) {
      const auto at = rows[n].find(column);
      fields.push_back(at == rows[n].end() ? "" : at->second);
    }
  }
}

}  // namespace sightline
