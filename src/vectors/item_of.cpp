#include <sightline/vectors.h>

#include <utility>

namespace sightline {
namespace {

bool blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n\f\v") == std::string::npos;
}

}  // namespace

VectorItem item_of(Row&& row) {
  VectorItem item{std::move(row.id), {}, std::move(row.extra)};
  for (std::string& caption : row.captions) {
    if (!blank(caption)) item.captions.push_back(std::move(caption));
  }
  if (!row.split.empty()) item.fields["split"] = std::move(row.split);
  return item;
}

}  // namespace sightline
