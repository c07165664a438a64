#include "library/rows/sort_rows.h"

#include <optional>
#include <string>
#include <utility>

#include "library/rows/item_of_record.h"
#include "search/filter/filter_matcher.h"
#include "search/sort_keyed.h"

namespace sightline::library {
namespace {

// A smaller share of rows is looked up one by one.
constexpr size_t kLookupShare = 8;

// The key of the first item of each row's content, from these columns of `items`.
template <typename Key, typename KeyOf>
class KeysOfRows {
 public:
  KeysOfRows(const Snapshot& snapshot, std::string columns, KeyOf key_of)
      : snapshot_(snapshot), columns_(std::move(columns)), key_of_(std::move(key_of)) {}

  std::vector<KeyedRow<Key>> of(const std::vector<int64_t>& rows) const {
    const std::vector<int32_t>& row_of_contents = snapshot_.row_of_contents();
    return snapshot_.with_catalogue([&](const Catalogue& catalogue) {
      return rows.size() * kLookupShare < static_cast<size_t>(snapshot_.rows())
                 ? look_up(catalogue, rows)
                 : scan(catalogue, row_of_contents, rows);
    });
  }

 private:
  std::vector<KeyedRow<Key>> look_up(const Catalogue& catalogue,
                                     const std::vector<int64_t>& rows) const {
    Statement select = catalogue.database().prepare(
        "SELECT content, " + columns_ + " FROM items WHERE content = ? ORDER BY path LIMIT 1");
    std::vector<KeyedRow<Key>> out;
    for (const int64_t row : rows) {
      select.reset();
      std::optional<Key> key;
      if (select.bind(1, snapshot_.content_of(row)).step()) key = key_of_(select);
      out.emplace_back(std::move(key), row);
    }
    return out;
  }

  std::vector<KeyedRow<Key>> scan(const Catalogue& catalogue,
                                  const std::vector<int32_t>& row_of_contents,
                                  const std::vector<int64_t>& rows) const {
    RowMask wanted(snapshot_.rows());
    for (const int64_t row : rows) wanted.add(row);
    std::vector<std::optional<Key>> keys(static_cast<size_t>(snapshot_.rows()));
    Statement select = catalogue.database().prepare(
        "SELECT content, " + columns_ +
        " FROM items WHERE content IS NOT NULL ORDER BY content, path");
    int64_t before = 0;
    while (select.step()) {
      const int64_t content = select.integer(0);
      if (content == std::exchange(before, content)) continue;  // not its first item
      const auto at = static_cast<size_t>(content);
      if (content < 0 || at >= row_of_contents.size()) continue;
      const int32_t row = row_of_contents[at];
      if (row >= 0 && wanted.has(row)) keys[static_cast<size_t>(row)] = key_of_(select);
    }
    std::vector<KeyedRow<Key>> out;
    for (const int64_t row : rows) out.emplace_back(std::move(keys[static_cast<size_t>(row)]), row);
    return out;
  }

  const Snapshot& snapshot_;
  std::string columns_;
  KeyOf key_of_;
};

// From the columns `taken` and `fields`.
std::optional<int64_t> date_of(const Statement& row) {
  if (!row.is_null(1)) return row.integer(1);
  if (row.is_null(2)) return std::nullopt;
  VectorItem item;
  item.fields = parse_fields(row.text(2));
  return filter::item_date(item);
}

}  // namespace

std::vector<int64_t> sort_rows(const Snapshot& snapshot, std::vector<int64_t> rows,
                               QueryOrder order, std::span<const DatasetSource> sources) {
  if (order.key != SortKey::path) {
    return sort_keyed(
        KeysOfRows<int64_t, decltype(&date_of)>(snapshot, "taken, fields", &date_of).of(rows),
        order.descending);
  }
  const auto path_of = [&](const Statement& row) -> std::optional<std::string> {
    ItemRecord item;
    item.source = row.integer(1);
    item.path = row.text(2);
    return filter::item_path(item_of_record(item, sources));
  };
  return sort_keyed(
      KeysOfRows<std::string, decltype(path_of)>(snapshot, "source, path", path_of).of(rows),
      order.descending);
}

}  // namespace sightline::library
