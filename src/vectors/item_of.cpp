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

}  // namespace sightline
