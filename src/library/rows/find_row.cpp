#include "library/rows/find_row.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/path_id.h"
#include "library/rows/item_of_record.h"
#include "search/filter/named_row.h"

namespace sightline::library {
namespace {

// Adds the items of a source, or of all, whose path is `end` or ends with "/" + end. The paths are
// read from the index of items by path, which is smaller than the table.
void add_items_ending(const Database& database, const std::string& end, bool files,
                      std::vector<int64_t>& items) {
  Statement select = database.prepare(std::string("SELECT id FROM items WHERE source ") +
                                      (files ? "= 1" : "!= 1") +
                                      " AND (path = ?1 OR substr(path, -length(?2)) = ?2)");
  const std::string below = "/" + end;
  select.bind_blob(1, bytes_of(end)).bind_blob(2, bytes_of(below));
  while (select.step()) items.push_back(select.integer(0));
}

// Adds the rows of data sets whose id follows the name of their data set in `name`.
void add_rows_of_datasets(const Database& database, const std::string& name,
                          std::span<const DatasetSource> sources, std::vector<int64_t>& items) {
  Statement select = database.prepare("SELECT id FROM items WHERE source = ?1 AND path = ?2");
  for (const DatasetSource& source : sources) {
    for (size_t slash = name.find('/'); slash != std::string::npos;
         slash = name.find('/', slash + 1)) {
      const std::string dataset = name.substr(0, slash), id = name.substr(slash + 1);
      if (source.name != dataset && !source.name.ends_with("/" + dataset)) continue;
      select.reset();
      select.bind(1, source.id).bind_blob(2, bytes_of(id));
      while (select.step()) items.push_back(select.integer(0));
    }
  }
}

std::vector<int64_t> items_named(const Database& database, const std::string& name,
                                 std::span<const DatasetSource> sources) {
  std::vector<int64_t> items;
  // The bytes of `name` may be escaped in the id of a file. The name of a root may be another than
  // that of its folder.
  add_items_ending(database, path_of_id(name).string(), true, items);
  const size_t slash = name.find('/');
  if (items.empty() && slash != std::string::npos && slash > 0)
    add_items_ending(database, path_of_id(name.substr(slash + 1)).string(), true, items);
  if (!sources.empty()) {
    add_items_ending(database, name, false, items);
    add_rows_of_datasets(database, name, sources, items);
  }
  std::ranges::sort(items);
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return items;
}

}  // namespace

std::optional<int64_t> find_row(const Snapshot& snapshot, const std::string& name,
                                std::span<const DatasetSource> sources,
                                const filter::ItemPathFn& path) {
  const ContentMap<int32_t>& rows = snapshot.row_of_contents();
  std::vector<ItemRecord> records;
  snapshot.with_catalogue([&](Catalogue& catalogue) {
    Statement select = catalogue.database().prepare(std::string("SELECT ") + kItemColumns +
                                                    " FROM items WHERE id = ?");
    for (const int64_t id : items_named(catalogue.database(), name, sources)) {
      select.reset();
      select.bind(1, id);
      if (select.step()) records.push_back(item_of_row(select));
    }
  });
  std::ranges::stable_sort(records, {}, &ItemRecord::path);
  filter::NamedRow named(name, path);
  for (const ItemRecord& record : records) {
    if (const int32_t row = rows.get(record.content); row >= 0)
      named.offer(row, item_of_record(record, sources));
  }
  return named.row();
}

}  // namespace sightline::library
