#include "library/rows/sort_rows.h"

#include <optional>
#include <string>
#include <utility>

#include "library/rows/item_of_record.h"
#include "search/filter/filter_matcher.h"
#include "search/sort_keyed.h"

namespace sightline::library {
namespace {

template <typename Key, typename KeyOf>
std::vector<int64_t> sorted(const Snapshot& snapshot, const std::vector<int64_t>& rows,
                            bool descending, const KeyOf& key_of) {
  std::vector<KeyedRow<Key>> keyed;
  snapshot.with_catalogue([&](Catalogue& catalogue) {
    for (const int64_t row : rows) {
      std::vector<ItemRecord> items = catalogue.items_of(snapshot.content_of(row));
      std::optional<Key> key;
      if (!items.empty()) key = key_of(catalogue, items.front());
      keyed.emplace_back(std::move(key), row);
    }
  });
  return sort_keyed(std::move(keyed), descending);
}

}  // namespace

std::vector<int64_t> sort_rows(const Snapshot& snapshot, std::vector<int64_t> rows,
                               QueryOrder order, std::span<const DatasetSource> sources) {
  if (order.key == SortKey::path) {
    return sorted<std::string>(snapshot, rows, order.descending,
                               [&](Catalogue&, const ItemRecord& item) {
                                 return filter::item_path(item_of_record(item, sources));
                               });
  }
  return sorted<int64_t>(
      snapshot, rows, order.descending,
      [](Catalogue& catalogue, const ItemRecord& item) -> std::optional<int64_t> {
        if (item.about.taken) return item.about.taken;
        const ItemDescription about = catalogue.description(item.id);
        const auto date = about.fields.find("date");
        if (date == about.fields.end()) return std::nullopt;
        VectorItem own;
        own.fields["date"] = date->second;
        return filter::item_date(own);
      });
}

}  // namespace sightline::library
