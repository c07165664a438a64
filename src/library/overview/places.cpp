#include <sightline/error.h>
#include <sightline/library_overview.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "library/library_collection.h"
#include "library/overview/item_table.h"

namespace sightline {
namespace library {
namespace {

struct Cell {
  double latitude = 0, longitude = 0;  // sums
  int64_t count = 0;
  int64_t key = 0;
  std::optional<int64_t> taken;  // of the image `key`

  void add(const TableItem& item) {
    latitude += item.place->latitude;
    longitude += item.place->longitude;
    ++count;
    if (key != 0 && item.taken < taken) return;  // an image without a date is older than all
    key = item.content;
    taken = item.taken;
  }
};

// Number of the cell that contains a value from `least` to -least.
int64_t cell_number(double value, double least, double degrees) {
  const double cells = std::ceil(-2 * least / degrees);
  return static_cast<int64_t>(std::min(std::floor((value - least) / degrees), cells - 1));
}

}  // namespace
}  // namespace library

LibraryPlaces library_places(const Collection& collection, const Filter& filter,
                             double cell_degrees, int most) {
  using namespace library;
  if (!(cell_degrees >= 0.01 && cell_degrees <= 90)) {
    throw Error(ErrorCode::invalid_argument, "cells of ", cell_degrees,
                " degrees: expected 0.01 to 90");
  }
  const ItemTable table = read_item_table(state_of(collection), filter, {});
  std::unordered_map<int64_t, Cell> cells;
  int64_t placed = 0, last = 0;
  for (const TableItem& item : table.items) {
    if (!item.place || item.content == last) continue;
    last = item.content;
    ++placed;
    const int64_t row = cell_number(item.place->latitude, -90, cell_degrees);
    const int64_t column = cell_number(item.place->longitude, -180, cell_degrees);
    cells[row << 32 | column].add(item);
  }
  LibraryPlaces out;
  out.without = table.contents - placed;
  for (const auto& [number, cell] : cells) {
    const auto count = static_cast<double>(cell.count);
    out.cells.push_back({cell.latitude / count, cell.longitude / count, cell.count, cell.key});
  }
  std::ranges::sort(out.cells, [](const PlaceCell& a, const PlaceCell& b) {
    return a.count != b.count ? a.count > b.count : a.key < b.key;
  });
  out.cells.resize(std::min(out.cells.size(), static_cast<size_t>(std::max(most, 0))));
  return out;
}

}  // namespace sightline
