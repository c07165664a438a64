// The columns of items that overviews need, read from the catalogue in one pass.
#pragma once

#include <sightline/query.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "library/library_state.h"
#include "library/overview/value_pool.h"

namespace sightline::library {

struct GeoPoint {
  double latitude = 0, longitude = 0;  // degrees
};

struct TableItem {
  int64_t id = 0, content = 0;
  std::optional<int64_t> taken;  // seconds of the civil time since 1970; of the years 1 to 9999
  std::optional<GeoPoint> place;
  // Numbers in the table's pools, or of `folders`; 0: none.
  uint32_t camera = 0, lens = 0, rating = 0, dataset = 0;
  uint32_t folder = 0;
};

// The folder of items.
struct ItemFolder {
  int64_t source = kFiles;
  std::string path;  // of files: absolute, as raw bytes; of rows: of their id, may be empty
};

struct ItemTable {
  std::vector<TableItem> items;  // items of one content follow one another
  ValuePool cameras, lenses, ratings, datasets, tags;
  std::vector<ItemFolder> folders;
  // Items with the numbers of their tags, in the order of their ids.
  std::vector<std::pair<int64_t, uint32_t>> tags_of_items;
  int64_t contents = 0;  // distinct ones of `items`

  // The tags of an item.
  std::span<const std::pair<int64_t, uint32_t>> tags_of(const TableItem& item) const;
};

// The parts to read.
struct TableParts {
  bool texts = false;  // cameras, lenses, ratings, datasets, tags, folders
};

// Reads the items that meet the filter and whose content has a vector.
ItemTable read_item_table(const LibraryState& library, const Filter& filter, TableParts parts);

}  // namespace sightline::library
