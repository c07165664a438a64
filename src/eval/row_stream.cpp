#include "eval/row_stream.h"

#include <sightline/error.h>

#include <set>
#include <utility>

namespace sightline {

RowStream::RowStream(const EvaluationInput& input) : input_(input) {
  const std::set<std::string> distinct(input.splits.begin(), input.splits.end());
  if (distinct.size() != input.splits.size() || distinct.count("") > 0) {
    throw Error(ErrorCode::invalid_argument,
                "the list of splits names one twice, or has an empty name");
  }
  open_split(0);
  format_ = dataset_->format();
  size_ = dataset_->size();
  // Sizes of the other splits are worth knowing only where telling them is cheap: opening is.
  for (size_t i = 1; i < input.splits.size() && size_ >= 0; ++i) {
    DatasetOptions options = input.dataset_options;
    options.split = input.splits[i];
    const int64_t more = open_dataset(input.dataset, options)->size();
    size_ = more < 0 ? -1 : size_ + more;
  }
}

void RowStream::open_split(size_t index) {
  DatasetOptions options = input_.dataset_options;
  options.split = input_.splits.empty() ? "" : input_.splits[index];
  dataset_ = open_dataset(input_.dataset, options);
  split_ = index;
  rows_of_split_ = 0;
}

std::optional<RowStream::Item> RowStream::next() {
  for (;;) {
    if (auto row = dataset_->next()) {
      ++rows_of_split_;
      std::string split;
      if (!input_.splits.empty()) {
        split = input_.splits[split_];
      } else if (const auto own = row->extra.find("split"); own != row->extra.end()) {
        split = own->second;
      }
      return Item{std::move(*row), std::move(split)};
    }
    if (!input_.splits.empty() && rows_of_split_ == 0) {
      throw Error(ErrorCode::not_found, "'", input_.dataset.string(), "' has no row in split '",
                  input_.splits[split_], "'");
    }
    if (split_ + 1 >= input_.splits.size()) return std::nullopt;
    open_split(split_ + 1);
  }
}

}  // namespace sightline
