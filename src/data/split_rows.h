// The rows of a data set, split by split.
#pragma once

#include <sightline/dataset.h>
#include <sightline/rows.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/hash.h"

namespace sightline {

// Reads the requested splits one after the other.
class SplitRows {
 public:
  // Throws what the constructor of RowReader throws.
  explicit SplitRows(const DatasetInput& input);

  std::string format() const { return dataset_->format(); }
  // Whether rows that repeat an image are further captions of it (RowReader::merges_repeats).
  bool merges_repeats() const;
  // Rows of all splits; -1: unknown. Opens the other splits, which does not read their images.
  int64_t size() const;
  // Throws not_found if a requested split has no row.
  std::optional<Row> next();

  // As RowSkipper does, over all splits.
  int64_t skip(int64_t rows);
  int64_t rows_of_last() const;
  void identify(Sha256& hash) const;

 private:
  DatasetOptions options(size_t split) const;
  void open(size_t split);
  bool open_next();

  DatasetInput input_;
  std::unique_ptr<Dataset> dataset_;
  size_t split_ = 0;
  int64_t rows_of_split_ = 0;
};

}  // namespace sightline
