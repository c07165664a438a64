// Limits the number of captions per row of another data set.
#pragma once

#include <sightline/dataset.h>

#include <utility>

#include "data/row_skipper.h"

namespace sightline {

class LimitedCaptions : public Dataset, public RowSkipper {
 public:
  LimitedCaptions(std::unique_ptr<Dataset> from, int64_t limit)
      : from_(std::move(from)), limit_(static_cast<size_t>(limit)) {}

  std::optional<Row> next() override {
    auto row = from_->next();
    if (row && row->captions.size() > limit_) row->captions.resize(limit_);
    return row;
  }
  int64_t skip(int64_t rows) override { return skip_rows(*from_, rows); }
  int64_t rows_of_last() const override {
    const auto* skipper = dynamic_cast<const RowSkipper*>(from_.get());
    return skipper ? skipper->rows_of_last() : 1;
  }
  void identify(Sha256& hash) const override {
    if (const auto* skipper = dynamic_cast<const RowSkipper*>(from_.get())) skipper->identify(hash);
  }
  int64_t size() const override { return from_->size(); }
  std::string format() const override { return from_->format(); }
  DatasetColumns columns() const override { return from_->columns(); }

 private:
  std::unique_ptr<Dataset> from_;
  size_t limit_;
};

}  // namespace sightline
