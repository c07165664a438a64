#include "data/readers/json_cells.h"

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
    for (const auto& item : value) {
      if (!item.is_string()) return cell;
    }
    cell.kind = Cell::Kind::list;
    for (const auto& item : value) cell.list.push_back(item.get<std::string>());
  }
  return cell;
}

}  // namespace sightline
