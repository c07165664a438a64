// A data set of which each row keeps its first captions only.
#pragma once

#include <sightline/dataset.h>

#include <utility>

namespace sightline {

class LimitedCaptions : public Dataset {
 public:
  LimitedCaptions(std::unique_ptr<Dataset> from, int64_t most)
      : from_(std::move(from)), most_(static_cast<size_t>(most)) {}

  std::optional<Row> next() override {
    auto row = from_->next();
    if (row && row->captions.size() > most_) row->captions.resize(most_);
    return row;
  }
  int64_t size() const override { return from_->size(); }
  std::string format() const override { return from_->format(); }
  DatasetColumns columns() const override { return from_->columns(); }

 private:
  std::unique_ptr<Dataset> from_;
  size_t most_;
};

}  // namespace sightline
