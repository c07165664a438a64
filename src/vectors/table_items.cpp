#include "vectors/table_items.h"

#include <sightline/error.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "data/parquet_plugin.h"

namespace sightline::vectors {
namespace {

using Cells = std::map<std::string, std::string>;

// Moves the first non-empty cell of these columns out of `cells`.
std::string take_first(Cells& cells, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto found = cells.find(name);
    if (found == cells.end() || is_blank(found->second)) continue;
    std::string text = std::move(found->second);
    cells.erase(found);
    return text;
  }
  return {};
}

VectorItem item_of_cells(Cells&& cells, int64_t row) {
  VectorItem item = numbered_item(row);
  if (std::string id = take_first(cells, {"image_path", "key", "id", "url"}); !id.empty())
    item.id = std::move(id);
  if (std::string caption = take_first(cells, {"caption", "text"}); !caption.empty())
    item.captions.push_back(std::move(caption));
  item.fields = std::move(cells);
  return item;
}

void read_part(const TablePart& part, std::span<const int64_t> rows, std::vector<VectorItem>& out) {
  if (part.table.empty()) {
    for (const int64_t row : rows) out.push_back(numbered_item(row));
    return;
  }
  const auto table = open_parquet_table(part.table);
  if (table->rows() != part.rows) {
    throw Error(ErrorCode::invalid_data, quoted(part.table), " has ", counted(table->rows(), "row"),
                " for ", counted(part.rows, "vector"), ": the two files are of different runs");
  }
  std::vector<int64_t> local;
  for (const int64_t row : rows) local.push_back(row - part.first);
  std::vector<Cells> cells = table->read(local);
  for (size_t i = 0; i < rows.size(); ++i)
    out.push_back(item_of_cells(std::move(cells[i]), rows[i]));
}

}  // namespace

VectorItem numbered_item(int64_t row) {
  return {std::to_string(row), {}, {}};
}

std::vector<VectorItem> table_items(std::span<const TablePart> parts,
                                    std::span<const int64_t> rows) {
  std::vector<VectorItem> out;
  for (const TablePart& part : parts) {
    const auto end = std::ranges::lower_bound(rows, part.first + part.rows);
    const auto count = static_cast<size_t>(end - rows.begin());
    if (count > 0) read_part(part, rows.first(count), out);
    rows = rows.subspan(count);
  }
  return out;
}

}  // namespace sightline::vectors
