#include "data/split_rows.h"

#include <sightline/error.h>

#include <set>

#include "data/row_skipper.h"

namespace sightline {
namespace {

// Returns whether a data set of this format identifies its images by name or number, so that equal
// images of different names are different images, as in published results.
bool identifies_images(const std::string& format) {
  return format == "coco" || format == "karpathy" || format == "flickr";
}

}  // namespace

SplitRows::SplitRows(const DatasetInput& input) : input_(input) {
  const std::set<std::string> distinct(input.splits.begin(), input.splits.end());
  if (distinct.size() != input.splits.size() || distinct.count("") > 0) {
    throw Error(ErrorCode::invalid_argument,
                "the list of splits names one twice, or has an empty name");
  }
  open(0);
}

bool SplitRows::merges_repeats() const {
  return input_.options.merge_repeated_images && !dataset_->columns().text.empty() &&
         !identifies_images(format());
}

int64_t SplitRows::size() const {
  int64_t size = dataset_->size();
  for (size_t i = 1; i < input_.splits.size() && size >= 0; ++i) {
    const int64_t more = open_dataset(input_.path, options(i))->size();
    size = more < 0 ? -1 : size + more;
  }
  return size;
}

std::optional<Row> SplitRows::next() {
  for (;;) {
    if (auto row = dataset_->next()) {
      ++rows_of_split_;
      if (!input_.splits.empty()) {
        row->split = input_.splits[split_];
      } else if (const auto own = row->extra.find("split"); own != row->extra.end()) {
        row->split = own->second;
      }
      return row;
    }
    if (!open_next()) return std::nullopt;
  }
}

int64_t SplitRows::skip(int64_t rows) {
  int64_t passed = 0;
  while (passed < rows) {
    const int64_t more = skip_rows(*dataset_, rows - passed);
    passed += more;
    rows_of_split_ += more;
    if (passed < rows && !open_next()) break;
  }
  return passed;
}

int64_t SplitRows::rows_of_last() const {
  const auto* skipper = dynamic_cast<const RowSkipper*>(dataset_.get());
  return skipper ? skipper->rows_of_last() : 1;
}

void SplitRows::identify(Sha256& hash) const {
  for (size_t i = 0; i == 0 || i < input_.splits.size(); ++i) {
    const auto dataset = open_dataset(input_.path, options(i));
    if (const auto* skipper = dynamic_cast<const RowSkipper*>(dataset.get()))
      skipper->identify(hash);
  }
}

DatasetOptions SplitRows::options(size_t split) const {
  DatasetOptions options = input_.options;
  if (!input_.splits.empty()) options.split = input_.splits[split];
  return options;
}

void SplitRows::open(size_t split) {
  dataset_ = open_dataset(input_.path, options(split));
  split_ = split;
  rows_of_split_ = 0;
}

// Returns false after the last split.
bool SplitRows::open_next() {
  if (!input_.splits.empty() && rows_of_split_ == 0) {
    throw Error(ErrorCode::not_found, "'", input_.path.string(), "' has no row in split '",
                input_.splits[split_], "'");
  }
  if (split_ + 1 >= input_.splits.size()) return false;
  open(split_ + 1);
  return true;
}

}  // namespace sightline
