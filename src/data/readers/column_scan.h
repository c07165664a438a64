// Finds the columns of a metadata file, whose records may have different columns.
#pragma once

#include <sightline/dataset.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "data/records.h"

namespace sightline {

struct MetadataColumns {
  DatasetColumns columns;
  std::vector<std::string> texts;  // the caption columns
};

// Collects the columns of the records and the types of their cells. The type of a column is that of
// its first cell that is not null.
class ColumnScan {
 public:
  explicit ColumnScan(std::string image_column) : image_(std::move(image_column)) {}

  // Throws limit_exceeded if the records have more than 65,536 different columns.
  void add(const Record& record);

  // Returns whether a possible caption column has been seen.
  bool any_text() const { return any_text_; }

  // Returns the data set's columns. Captions are the texts or lists of texts in the columns that
  // choose_text_columns() finds. An all-null column is a caption column if it is requested or, in
  // records without any text, if it has a usual name. A number is never a caption. `dataset` names
  // the data set in messages. Throws not_found (options name a missing column), invalid_data (no
  // column of file names).
  MetadataColumns columns(const DatasetOptions& options, const std::string& dataset) const;

 private:
  struct Seen {
    bool scalar = false;                 // has a text, number or boolean
    bool labels = false;                 // has a list of texts or integers
    Cell::Kind text = Cell::Kind::null;  // kind of the first text or list of texts
    bool only_null = true;
  };
  std::string image_;
  std::map<std::string, Seen> seen_;
  bool any_text_ = false;
};

}  // namespace sightline
