#include "library/rows/item_of_record.h"

#include <algorithm>
#include <cstdio>

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

VectorItem item_of_content(Catalogue& catalogue, int64_t content,
                           std::span<const DatasetSource> sources) {
  std::vector<ItemRecord> records = catalogue.items_of(content);
  if (records.empty()) return {};
  for (ItemRecord& record : records) record.about = catalogue.description(record.id);
  VectorItem item = item_of_record(records.front(), sources);
  for (size_t i = 0; i < records.size(); ++i) {
    if (i > 0) item.copies.push_back(item_of_record(records[i], sources).id);
    for (std::string& caption : records[i].about.captions) {
      if (std::ranges::find(item.captions, caption) == item.captions.end())
        item.captions.push_back(std::move(caption));
    }
  }
  if (const auto image = catalogue.content(content); image && image->width > 0) {
    item.fields["width"] = std::to_string(image->width);
    item.fields["height"] = std::to_string(image->height);
  }
  return item;
}

}  // namespace sightline::library
