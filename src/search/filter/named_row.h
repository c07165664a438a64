// Finds the row of an item by its id or the end of it.
#pragma once

#include <sightline/vectors.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "search/filter/filter_matcher.h"

namespace sightline::filter {

// Items are offered one after the other; several of them may have the same row.
class NamedRow {
 public:
  explicit NamedRow(std::string name, ItemPathFn path = item_path)
      : name_(std::move(name)), path_(std::move(path)) {}

  void offer(int64_t row, const VectorItem& item);

  // The row of the first item whose path is the name; otherwise that of the items whose id in their
  // data set is the name, or whose path ends with it after a '/'. Throws invalid_argument if these
  // have several rows.
  std::optional<int64_t> row() const;

 private:
  std::string name_;
  ItemPathFn path_;
  std::optional<int64_t> whole_;
  std::vector<std::pair<int64_t, std::string>> ends_;
};

}  // namespace sightline::filter
