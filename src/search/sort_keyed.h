// Sorts rows by keys that some do not have.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace sightline {

template <typename Key>
using KeyedRow = std::pair<std::optional<Key>, int64_t>;

// Returns the rows in the order of their keys; rows without a key come last, ties stay in order.
template <typename Key>
std::vector<int64_t> sort_keyed(std::vector<KeyedRow<Key>> rows, bool descending) {
  std::ranges::stable_sort(rows, [&](const KeyedRow<Key>& a, const KeyedRow<Key>& b) {
    if (!a.first || !b.first) return a.first.has_value() && !b.first.has_value();
    return descending ? *b.first < *a.first : *a.first < *b.first;
  });
  std::vector<int64_t> out;
  for (const auto& [key, row] : rows) out.push_back(row);
  return out;
}

}  // namespace sightline
