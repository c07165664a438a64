#include "search/filter/named_row.h"

#include <sightline/error.h>

#include <algorithm>

namespace sightline::filter {

void NamedRow::offer(int64_t row, const VectorItem& item) {
  std::string path = path_(item);
  if (path == name_ && !whole_) whole_ = row;
  const bool is_id = !item.dataset.empty() && item.id == name_;
  if (is_id || path.ends_with("/" + name_)) ends_.emplace_back(row, std::move(path));
}

std::optional<int64_t> NamedRow::row() const {
  if (whole_) return whole_;
  if (ends_.empty()) return std::nullopt;
  const auto other =
      std::ranges::find_if(ends_, [&](const auto& end) { return end.first != ends_[0].first; });
  if (other == ends_.end()) return ends_[0].first;
  throw Error(ErrorCode::invalid_argument, "'", name_, "' is the end of ", ends_.size(),
              " ids, such as '", ends_[0].second, "' and '", other->second,
              "'; give more of the one that is meant");
}

}  // namespace sightline::filter
