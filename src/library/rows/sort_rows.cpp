#include "library/rows/sort_rows.h"

#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

#include "library/rows/item_of_record.h"
#include "search/filter/filter_matcher.h"
#include "search/sort_keyed.h"

namespace sightline::library {
namespace {

// A smaller share of rows is looked up one by one.
constexpr size_t kLookupShare = 8;

// A date, or a path. Libraries have the columns of many items at hand, and few items.
struct DateOfItem {
  using Key = int64_t;
  static constexpr const char* kColumns = "taken, fields";

  std::optional<Key> of_row(const Statement& row) const {
    if (!row.is_null(1)) return row.integer(1);
    if (row.is_null(2)) return std::nullopt;
    VectorItem item;
    item.fields = parse_fields(row.text(2));
    return filter::item_date(item);
  }
  std::optional<Key> of_item(const VectorItem& item) const { return filter::item_date(item); }
};

struct PathOfItem {
  using Key = std::string;
  static constexpr const char* kColumns = "source, path";
  std::span<const DatasetSource> sources;
  const filter::ItemPathFn& path;

  std::optional<Key> of_row(const Statement& row) const {
    ItemRecord item;
    item.source = row.integer(1);
    item.path = row.text(2);
    return path(item_of_record(item, sources));
  }
  std::optional<Key> of_item(const VectorItem& item) const { return path(item); }
};

// The key of the first item of each row's content that meets a filter. KeyOf: one of the above.
template <typename KeyOf>
class KeysOfRows {
 public:
  using Key = typename KeyOf::Key;

  KeysOfRows(const Snapshot& snapshot, KeyOf key_of, const Filter& filter,
             std::span<const DatasetSource> sources, const filter::ItemPathFn& path)
      : snapshot_(snapshot), key_of_(key_of), filter_(filter), sources_(sources), path_(path) {}

  std::vector<KeyedRow<Key>> of(const std::vector<int64_t>& rows) {
    const ContentMap<int32_t>& row_of_contents = snapshot_.row_of_contents();
    return snapshot_.with_catalogue([&](Catalogue& catalogue) {
      auto keys = rows.size() * kLookupShare < static_cast<size_t>(snapshot_.rows())
                      ? look_up(catalogue, rows)
                      : scan(catalogue, row_of_contents, rows);
      if (!filter_.empty()) filter_shared(catalogue, keys);
      return keys;
    });
  }

 private:
  std::vector<KeyedRow<Key>> look_up(const Catalogue& catalogue, const std::vector<int64_t>& rows) {
    Statement select =
        catalogue.database().prepare(std::string("SELECT content, ") + KeyOf::kColumns +
                                     " FROM items WHERE content = ? ORDER BY path LIMIT 2");
    std::vector<KeyedRow<Key>> out;
    for (const int64_t row : rows) {
      select.reset();
      std::optional<Key> key;
      if (select.bind(1, snapshot_.content_of(row)).step()) {
        key = key_of_.of_row(select);
        if (select.step()) shared_.insert(row);
      }
      out.emplace_back(std::move(key), row);
    }
    return out;
  }

  std::vector<KeyedRow<Key>> scan(const Catalogue& catalogue,
                                  const ContentMap<int32_t>& row_of_contents,
                                  const std::vector<int64_t>& rows) {
    RowMask wanted(snapshot_.rows());
    for (const int64_t row : rows) wanted.add(row);
    std::vector<std::optional<Key>> keys(static_cast<size_t>(snapshot_.rows()));
    Statement select = catalogue.database().prepare(
        std::string("SELECT content, ") + KeyOf::kColumns +
        " FROM items WHERE content IS NOT NULL ORDER BY content, path");
    int64_t before = 0;
    while (select.step()) {
      const int64_t content = select.integer(0);
      const int32_t row = row_of_contents.get(content);
      const bool further = content == std::exchange(before, content);
      if (row < 0 || !wanted.has(row)) continue;
      if (further) {
        shared_.insert(row);
      } else {
        keys[static_cast<size_t>(row)] = key_of_.of_row(select);
      }
    }
    std::vector<KeyedRow<Key>> out;
    for (const int64_t row : rows) out.emplace_back(std::move(keys[static_cast<size_t>(row)]), row);
    return out;
  }

  // The first item of an image need not meet the filter that another one meets.
  void filter_shared(Catalogue& catalogue, std::vector<KeyedRow<Key>>& keys) const {
    const filter::FilterMatcher matcher(filter_, path_);
    for (auto& [key, row] : keys) {
      if (!shared_.contains(row)) continue;
      key = key_of_.of_item(
          item_of_content(catalogue, snapshot_.content_of(row), sources_, &matcher));
    }
  }

  const Snapshot& snapshot_;
  KeyOf key_of_;
  const Filter& filter_;
  std::span<const DatasetSource> sources_;
  const filter::ItemPathFn& path_;
  std::unordered_set<int64_t> shared_;  // rows whose image several items have
};

template <typename KeyOf>
std::vector<int64_t> sort_by(const Snapshot& snapshot, KeyOf key_of,
                             const std::vector<int64_t>& rows, bool descending,
                             const Filter& filter, std::span<const DatasetSource> sources,
                             const filter::ItemPathFn& path) {
  return sort_keyed(KeysOfRows<KeyOf>(snapshot, key_of, filter, sources, path).of(rows),
                    descending);
}

}  // namespace

std::vector<int64_t> sort_rows(const Snapshot& snapshot, std::vector<int64_t> rows,
                               QueryOrder order, const Filter& filter,
                               std::span<const DatasetSource> sources,
                               const filter::ItemPathFn& path) {
  if (order.key != SortKey::path)
    return sort_by(snapshot, DateOfItem(), rows, order.descending, filter, sources, path);
  return sort_by(snapshot, PathOfItem{sources, path}, rows, order.descending, filter, sources,
                 path);
}

}  // namespace sightline::library
