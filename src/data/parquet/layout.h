// Finds the columns of a data set in an Arrow schema.
#pragma once

#include <arrow/api.h>
#include <sightline/dataset.h>

#include <map>
#include <string>
#include <vector>

namespace sightline {

struct TableLayout {
  DatasetColumns columns;
  std::vector<std::string> texts;  // the caption columns
  std::vector<std::string> names;  // of all columns to read
  // Names of the classes of integer columns that Hugging Face datasets call ClassLabel, by column.
  std::map<std::string, std::vector<std::string>> classes;
  // The same of the columns of lists of labels, which are among columns.extra; empty without names.
  std::map<std::string, std::vector<std::string>> list_classes;
};

// Throws not_found (a requested column is missing), invalid_data (no image column, a column of
// another type than expected, a name that appears twice), unsupported (only URLs of images).
// `file` names the file in messages.
TableLayout find_table_layout(const arrow::Schema& schema, const DatasetOptions& options,
                              const std::string& file);

}  // namespace sightline
