#include "data/readers/cell_captions.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "data/readers/json_cells.h"

namespace sightline {
namespace {

constexpr size_t kMaxListText = 1 << 20;

// Parses a cell that contains a list as text, ["one", "two"], as some published tables do.
std::optional<std::vector<std::string>> parse_list(const std::string& text) {
  if (!text.starts_with("[\"") || !text.ends_with("\"]") || text.size() > kMaxListText) return {};
  const auto value = nlohmann::json::parse(text, nullptr, false);
  Cell cell = value.is_array() ? to_cell(value) : Cell();
  if (cell.kind != Cell::Kind::list) return {};
  return std::move(cell.list);
}

}  // namespace

bool append_cell_captions(const Cell& cell, CellTexts texts, std::vector<std::string>& captions) {
  if (cell.kind == Cell::Kind::scalar || cell.kind == Cell::Kind::integers ||
      cell.kind == Cell::Kind::other)
    return false;
  captions.insert(captions.end(), cell.list.begin(), cell.list.end());
  if (cell.kind != Cell::Kind::text) return true;
  const bool separated = texts == CellTexts::separated_values;
  if (separated && cell.text.empty()) return true;
  if (const auto list = separated ? parse_list(cell.text) : std::nullopt)
    captions.insert(captions.end(), list->begin(), list->end());
  else
    captions.push_back(cell.text);
  return true;
}

}  // namespace sightline
