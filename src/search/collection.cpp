// The functions of collections that read the items of all rows.
#include <sightline/error.h>
#include <sightline/search.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <numeric>
#include <utility>

#include "base/path_id.h"
#include "base/text.h"
#include "search/filter/filter_matcher.h"
#include "search/filter/named_row.h"
#include "search/sort_keyed.h"

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

}  // namespace

int64_t RowMask::count() const {
  int64_t count = 0;
  for (const uint64_t word : words_) count += std::popcount(word);
  return count;
}

std::vector<VectorItem> Collection::items_meeting(std::span<const int64_t> rows,
                                                  const Filter&) const {
  return items(rows);
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
  filter::NamedRow named(name);
  for_each_item(*this, all_rows(*this),
                [&](int64_t row, const VectorItem& item) { named.offer(row, item); });
  return named.row();
}

std::vector<int64_t> Collection::sorted_rows(std::vector<int64_t> rows, QueryOrder order,
                                             const Filter&) const {
  if (order.key == SortKey::path) {
    std::vector<KeyedRow<std::string>> paths;
    for_each_item(*this, rows, [&](int64_t row, const VectorItem& item) {
      paths.emplace_back(filter::item_path(item), row);
    });
    return sort_keyed(std::move(paths), order.descending);
  }
  std::vector<KeyedRow<int64_t>> dates;
  for_each_item(*this, rows, [&](int64_t row, const VectorItem& item) {
    dates.emplace_back(filter::item_date(item), row);
  });
  return sort_keyed(std::move(dates), order.descending);
}

std::vector<std::optional<uint64_t>> Collection::perceptual_hashes(
    std::span<const int64_t> rows) const {
  return std::vector<std::optional<uint64_t>>(rows.size());
}

std::vector<int64_t> Collection::keys(std::span<const int64_t> rows) const {
  for (const int64_t row : rows) {
    if (row >= 0 && row < vectors().rows()) continue;
    throw Error(ErrorCode::invalid_argument, quoted(path()), " has no row ", row, ", only ",
                vectors().rows());
  }
  return {rows.begin(), rows.end()};
}

std::optional<int64_t> Collection::row_of_key(int64_t key) const {
  if (key < 0 || key >= vectors().rows()) return std::nullopt;
  return key;
}

std::filesystem::path Collection::file_of(const VectorItem& item) const {
  return path_of_id(item.id);
}

}  // namespace sightline
