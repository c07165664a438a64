#include "library/rows/item_of_record.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/path_id.h"
#include "search/filter/civil_date.h"

namespace sightline::library {
namespace {

std::string degrees(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6f", value);
  return text;
}

void add_text(VectorItem& item, const char* key, const std::string& value) {
  if (!value.empty()) item.fields[key] = value;
}

std::string joined(const std::vector<std::string>& tags) {
  std::string out;
  for (const std::string& tag : tags) out += (out.empty() ? "" : "; ") + tag;
  return out;
}

void add_size(Catalogue& catalogue, int64_t content, VectorItem& item) {
  const auto image = catalogue.content(content);
  if (!image || image->width <= 0) return;
  item.fields["width"] = std::to_string(image->width);
  item.fields["height"] = std::to_string(image->height);
}

}  // namespace

VectorItem item_of_record(const ItemRecord& record, std::span<const DatasetSource> sources) {
  VectorItem item;
  item.id = record.source == kFiles ? path_id(record.path) : record.path;
  if (record.source != kFiles) {
    const DatasetSource* source = find_source(sources, record.source);
    item.dataset = source == nullptr ? "dataset" : source->name;
  }
  const ItemDescription& about = record.about;
  item.fields = about.fields;
  add_text(item, "split", record.split);
  if (about.taken) item.fields["date"] = filter::date_text(*about.taken);
  add_text(item, "camera", about.camera);
  add_text(item, "lens", about.lens);
  add_text(item, "title", about.title);
  add_text(item, "tags", joined(about.tags));
  if (about.latitude) item.fields["latitude"] = degrees(*about.latitude);
  if (about.longitude) item.fields["longitude"] = degrees(*about.longitude);
  if (about.rating) item.fields["rating"] = std::to_string(*about.rating);
  if (record.source == kFiles) item.fields["size"] = std::to_string(record.stamp.size);
  return item;
}

VectorItem item_with(Catalogue& catalogue, ItemRecord record, const ItemParts& parts,
                     std::span<const DatasetSource> sources) {
  if (parts.tags) record.about.tags = catalogue.tags_of(record.id);
  VectorItem item = item_of_record(record, sources);
  if (parts.size) add_size(catalogue, record.content, item);
  return item;
}

VectorItem whole_item(Catalogue& catalogue, ItemRecord record,
                      std::span<const DatasetSource> sources) {
  record.about = catalogue.description(record.id);
  VectorItem item = item_of_record(record, sources);
  item.captions = std::move(record.about.captions);
  add_size(catalogue, record.content, item);
  return item;
}

VectorItem item_of_content(Catalogue& catalogue, int64_t content,
                           std::span<const DatasetSource> sources,
                           const filter::FilterMatcher* matcher) {
  VectorItem out;
  bool first = true;
  for (ItemRecord& record : catalogue.items_of(content)) {
    VectorItem item = whole_item(catalogue, std::move(record), sources);
    if (matcher != nullptr && !matcher->matches(item)) continue;
    if (std::exchange(first, false)) {
      out = std::move(item);
      continue;
    }
    out.copies.push_back(std::move(item.id));
    for (std::string& caption : item.captions) {
      if (std::ranges::find(out.captions, caption) == out.captions.end())
        out.captions.push_back(std::move(caption));
    }
  }
  return out;
}

}  // namespace sightline::library
