// What the columns of a metadata file are: its records need not all have the same ones.
#pragma once

#include <sightline/dataset.h>

#include <map>
#include <string>

#include "data/records.h"

namespace sightline {

// Collects the names that records have and what stands there. A null says nothing about its
// column, so the first cell with a value does.
class ColumnScan {
 public:
  explicit ColumnScan(std::string image_column) : image_(std::move(image_column)) {}

  // Throws limit_exceeded where the records have more different columns than anybody's.
  void add(const Record& record);

  // Whether a caption column could be named by now.
  bool any_text() const { return any_text_; }

  // Captions are texts or lists of texts, in the column that choose_text_column() finds; where no
  // text was seen at all, in the wanted or usual column that is null everywhere, so that its rows
  // are reported. Numbers are never captions. `dataset` is its name in messages. Throws not_found
  // (options name a column that is not there), invalid_data (no file names).
  DatasetColumns columns(const DatasetOptions& options, const std::string& dataset) const;

 private:
  struct Seen {
    bool scalar = false;                 // a text, a number, true or false
    Cell::Kind text = Cell::Kind::null;  // of the first text or list of texts
    bool only_null = true;
  };
  std::string image_;
  std::map<std::string, Seen> seen_;
  bool any_text_ = false;
};

}  // namespace sightline
