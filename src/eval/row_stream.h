// The rows of one or several splits of a data set, one after the other.
#pragma once

#include <sightline/dataset.h>
#include <sightline/experiment.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace sightline {

class RowStream {
 public:
  // Throws what open_dataset throws; invalid_argument where a split is named twice.
  explicit RowStream(const EvaluationInput& input);

  struct Item {
    Row row;
    std::string split;  // the split that was asked for, else the row's own column "split"
  };
  // Throws not_found where a split that was asked for has no row.
  std::optional<Item> next();

  int64_t size() const { return size_; }  // of all splits, or -1
  const std::string& format() const { return format_; }

 private:
  void open_split(size_t index);

  const EvaluationInput& input_;
  std::unique_ptr<Dataset> dataset_;
  size_t split_ = 0;
  int64_t rows_of_split_ = 0;
  int64_t size_ = -1;
  std::string format_;
};

}  // namespace sightline
