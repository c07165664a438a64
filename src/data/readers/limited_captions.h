// Limits the number of captions per row of another data set.
#pragma once

#include <sightline/dataset.h>

#include <utility>

namespace sightline {

class LimitedCaptions : public Dataset {
 public:
  LimitedCaptions(std::unique_ptr<Dataset> from, int64_t limit)
      : from_(std::move(from)), limit_(static_cast<size_t>(limit)) {}

  std::optional<Row> next() override {
    auto row = from_->next();
    if (row && row->captions.size() > limit_) row->captions.resize(limit_);
    return row;
  }
  int64_t size() const override { return from_->size(); }
  std::string format() const override { return from_->format(); }
  DatasetColumns columns() const override { return from_->columns(); }

 private:
  std::unique_ptr<Dataset> from_;
  size_t limit_;
};

}  // namespace sightline
