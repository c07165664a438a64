// The functions of collections that read the items of all rows.
#include <sightline/error.h>
#include <sightline/search.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <numeric>
#include <utility>

#include "base/path_id.h"
#include "search/filter/filter_matcher.h"

namespace sightline {
namespace {

// Calls fn with each of the rows and its item. Items are read in portions.
void for_each_item(const Collection& collection, std::span<const int64_t> rows,
                   const std::function<void(int64_t, const VectorItem&)>& fn) {
  constexpr size_t kPortion = 4096;
  for (size_t begin = 0; begin < rows.size(); begin += kPortion) {
    const auto some = rows.subspan(begin, std::min(kPortion, rows.size() - begin));
    const std::vector<VectorItem> items = collection.items(some);
    for (size_t i = 0; i < some.size(); ++i) fn(some[i], items[i]);
  }
}

std::vector<int64_t> all_rows(const Collection& collection) {
  std::vector<int64_t> rows(static_cast<size_t>(collection.vectors().rows()));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

// Sorts rows by the keys that are given in the same order; rows without a key come last.
template <typename Key>
std::vector<int64_t> sorted_by(const std::vector<int64_t>& rows,
                               const std::vector<std::optional<Key>>& keys, bool descending) {
  std::vector<size_t> order(rows.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](size_t a, size_t b) {
    if (!keys[a] || !keys[b]) return keys[a].has_value() && !keys[b].has_value();
    return descending ? *keys[b] < *keys[a] : *keys[a] < *keys[b];
  });
  std::vector<int64_t> sorted;
  for (const size_t i : order) sorted.push_back(rows[i]);
  return sorted;
}

}  // namespace

int64_t RowMask::count() const {
  int64_t count = 0;
  for (const uint64_t word : words_) count += std::popcount(word);
  return count;
}

RowMask Collection::rows_matching(const Filter& filter) const {
  const filter::FilterMatcher matcher(filter);
  RowMask mask(vectors().rows());
  for_each_item(*this, all_rows(*this), [&](int64_t row, const VectorItem& item) {
    if (matcher.matches(item)) mask.add(row);
  });
  return mask;
}

std::optional<int64_t> Collection::find_item(const std::string& name) const {
  std::optional<int64_t> whole;
  std::vector<std::pair<int64_t, std::string>> ends;
  for_each_item(*this, all_rows(*this), [&](int64_t row, const VectorItem& item) {
    const std::string path = filter::item_path(item);
    if (path == name && !whole) whole = row;
    if (item.id == name || path.ends_with("/" + name)) ends.emplace_back(row, path);
  });
  if (whole) return whole;
  if (ends.empty()) return std::nullopt;
  if (ends.size() > 1) {
    throw Error(ErrorCode::invalid_argument, "'", name, "' is the end of ", ends.size(),
                " ids, such as '", ends[0].second, "' and '", ends[1].second,
                "'; give more of the one that is meant");
  }
  return ends[0].first;
}

std::vector<int64_t> Collection::sorted_rows(std::vector<int64_t> rows, QueryOrder order) const {
  if (order.key == SortKey::path) {
    std::vector<std::optional<std::string>> paths;
    for_each_item(*this, rows, [&](int64_t, const VectorItem& item) {
      paths.emplace_back(filter::item_path(item));
    });
    return sorted_by(rows, paths, order.descending);
  }
  std::vector<std::optional<int64_t>> dates;
  for_each_item(*this, rows,
                [&](int64_t, const VectorItem& item) { dates.push_back(filter::item_date(item)); });
  return sorted_by(rows, dates, order.descending);
}

std::vector<std::optional<uint64_t>> Collection::perceptual_hashes(
    std::span<const int64_t> rows) const {
  return std::vector<std::optional<uint64_t>>(rows.size());
}

std::filesystem::path Collection::file_of(const VectorItem& item) const {
  return path_of_id(item.id);
}

}  // namespace sightline
