#include "data/readers/json_cells.h"

#include <algorithm>

namespace sightline {

Cell to_cell(const nlohmann::json& value) {
  Cell cell;
  if (value.is_null()) return cell;
  cell.kind = Cell::Kind::text;
  if (value.is_string()) {
    cell.text = value.get<std::string>();
  } else if (value.is_primitive()) {
    cell.kind = Cell::Kind::scalar;
    cell.text = value.dump();
  } else {
    cell.kind = Cell::Kind::other;
    if (!value.is_array()) return cell;
    const auto all = [&](auto is) { return std::ranges::all_of(value, is); };
    if (all([](const auto& item) { return item.is_string(); }))
      cell.kind = Cell::Kind::list;
    else if (all([](const auto& item) { return item.is_number_integer(); }))
      cell.kind = Cell::Kind::integers;
    else
      return cell;
    for (const auto& item : value)
      cell.list.push_back(item.is_string() ? item.get<std::string>() : item.dump());
  }
  return cell;
}

}  // namespace sightline
