#include <sightline/library_overview.h>

#include <algorithm>
#include <map>

#include "library/library_collection.h"
#include "library/overview/folder_names.h"
#include "library/overview/item_table.h"
#include "library/overview/value_counts.h"
#include "search/filter/civil_date.h"

namespace sightline {
namespace library {
namespace {

std::vector<FacetValue> counted_values(const ItemTable& table, const ValuePool& pool,
                                       uint32_t TableItem::*number, int most) {
  ValueCounts counts(pool.size());
  for (const TableItem& item : table.items) counts.add(item.content, item.*number);
  std::vector<FacetValue> out;
  for (uint32_t i = 1; i < pool.size(); ++i) {
    if (counts.count(i) > 0) out.push_back({pool.text(i), counts.count(i)});
  }
  sort_values(out, most);
  return out;
}

std::vector<FacetValue> counted_tags(const ItemTable& table, int most) {
  ValueCounts counts(table.tags.size());
  for (const TableItem& item : table.items) {
    for (const auto& [number, tag] : table.tags_of(item)) counts.add(item.content, tag);
  }
  std::vector<FacetValue> out;
  for (uint32_t i = 1; i < table.tags.size(); ++i)
    out.push_back({table.tags.text(i), counts.count(i)});
  sort_values(out, most);
  return out;
}

// The number of parts that all folders of a root share, and whether one of them has no more.
struct RootDepth {
  const NamedFolder* first = nullptr;
  size_t common = 0;
  bool direct = false;
};

std::vector<RootDepth> root_depths(const std::vector<NamedFolder>& folders) {
  std::vector<RootDepth> depths(folders.size());
  for (const NamedFolder& folder : folders) {
    RootDepth& depth = depths[folder.root];
    if (depth.first == nullptr) {
      depth.first = &folder;
      depth.common = folder.parts.size();
    }
    const std::vector<std::string>& parts = depth.first->parts;
    size_t same = 0;
    while (same < std::min(depth.common, folder.parts.size()) && parts[same] == folder.parts[same])
      ++same;
    depth.common = same;
  }
  for (const NamedFolder& folder : folders) {
    RootDepth& depth = depths[folder.root];
    depth.direct = depth.direct || folder.parts.size() == depth.common;
  }
  return depths;
}

std::vector<FacetValue> counted_folders(const LibraryState& library, const ItemTable& table,
                                        int most) {
  const std::vector<NamedFolder> folders =
      name_folders(library, std::span(table.folders).subspan(1));
  const std::vector<RootDepth> depths = root_depths(folders);
  ValuePool values;
  std::vector<std::vector<uint32_t>> values_of = {{}};  // by folder
  for (const NamedFolder& folder : folders) {
    const RootDepth& depth = depths[folder.root];
    std::vector<uint32_t>& own = values_of.emplace_back();
    if (depth.direct) own.push_back(values.add(joined_parts(folder, depth.common)));
    if (folder.parts.size() > depth.common)
      own.push_back(values.add(joined_parts(folder, depth.common + 1)));
  }
  ValueCounts counts(values.size());
  for (const TableItem& item : table.items) {
    for (const uint32_t value : values_of[item.folder]) counts.add(item.content, value);
  }
  std::vector<FacetValue> out;
  for (uint32_t i = 1; i < values.size(); ++i) out.push_back({values.text(i), counts.count(i)});
  sort_values(out, most);
  return out;
}

}  // namespace

}  // namespace library

LibraryFacets library_facets(const Collection& collection, const Filter& filter, int most) {
  using namespace library;
  const LibraryState& state = state_of(collection);
  const ItemTable table = read_item_table(state, filter, {.texts = true});
  LibraryFacets out;
  out.matching = table.contents;
  out.cameras = counted_values(table, table.cameras, &TableItem::camera, most);
  out.lenses = counted_values(table, table.lenses, &TableItem::lens, most);
  out.ratings = counted_values(table, table.ratings, &TableItem::rating, most);
  out.datasets = counted_values(table, table.datasets, &TableItem::dataset, most);
  out.tags = counted_tags(table, most);
  out.folders = counted_folders(state, table, most);
  std::optional<int64_t> first, last;
  for (const TableItem& item : table.items) {
    if (!item.taken) continue;
    first = std::min(first.value_or(*item.taken), *item.taken);
    last = std::max(last.value_or(*item.taken), *item.taken);
  }
  if (first) out.first_date = filter::date_text(*first);
  if (last) out.last_date = filter::date_text(*last);
  return out;
}

}  // namespace sightline
