#include <sightline/vectors.h>

#include <utility>

#include "base/text.h"

namespace sightline {

VectorItem item_of(Row&& row) {
  VectorItem item{std::move(row.id), {}, std::move(row.extra)};
  for (std::string& caption : row.captions) {
    if (!is_blank(caption)) item.captions.push_back(std::move(caption));
  }
  if (!row.split.empty()) item.fields["split"] = std::move(row.split);
  return item;
}

std::string split_of(const VectorItem& item) {
  const auto found = item.fields.find("split");
  return found == item.fields.end() ? "" : found->second;
}

std::string dataset_and_split(const VectorItem& item) {
  const std::string split = split_of(item);
  return item.dataset.empty() || split.empty() ? item.dataset : item.dataset + ", " + split;
}

}  // namespace sightline
